import {createKernel} from '../../src/formats/kernel/kernel.ts'
import {loadKernelModule} from '../../src/io/kernel-file.ts'

/** One kernel for a test file: jest loads this module once in each. */
export const kernel = createKernel(loadKernelModule())
