import {expect, test} from '@jest/globals'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {WINDOW} from '../../../src/formats/kernel/layout.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'

const kernel = createKernel(loadKernelModule())

// XXH3_64bits() of libxxhash 0.8.1 over the bytes 7 * i * i + 13 * i + 3.
test.each([
  [0, '2d06800538d394c2'],
  [1, '13e608bc156defed'],
  [2, '4d5df8e175754fd1'],
  [3, '2fd1e2afb724fc1f'],
  [4, '62b39739e1631833'],
  [5, 'ffa17b86073ac721'],
  [8, 'ba2e8b844c54c947'],
  [9, 'f633b5e9a2aa7218'],
  [15, 'cd9d775acbd77977'],
  [16, 'ae929f2e1236d76d'],
  [17, 'b5a8cf387dbb9c9d'],
  [31, 'b085b46c9b3525b6'],
  [32, '63650e22e48e623d'],
  [33, '982f1a787bfaad2f'],
  [64, '229f135c94dfebbd'],
  [65, '3d13f0a42e14f13a'],
  [96, '3667721f19e19b3e'],
  [97, '1550d569b504f761'],
  [128, 'a9688667e4fe36fb'],
  [129, '49e29b4e5f52297b'],
  [143, 'b21c2fd37b3718de'],
  [144, '6db45cf7f0629bc0'],
  [200, '9083193c66c63c28'],
  [240, 'eaf64cd7c72dd369'],
  [241, 'd6c86076f89632a3'],
  [256, 'a42a8b21795c8d0d'],
  [1023, '7e7f1696c20ec2a0'],
  [1024, 'e41dee07192875a0'],
  [1025, '6e17227aed6f0f22'],
  [1087, '347ccef273cae9bf'],
  [1088, '969e94f85f74ae86'],
  [1089, 'aa26cf9b9c8e9a2c'],
  [2048, '5f9b4167b3357c76'],
  [2049, 'd2cba6c41c90228b'],
  [5000, 'fe95744c8314f465'],
])('the digest of %i bytes', (length, digest) => {
  const memory = new Uint8Array(kernel.memory.buffer)
  const start = WINDOW + (length % 5)
  for (let i = 0; i < length; i++) memory[start + i] = 7 * i * i + 13 * i + 3
  const value = BigInt.asUintN(64, kernel.xxh3(start, start + length))
  expect(value.toString(16).padStart(16, '0')).toBe(digest)
})
