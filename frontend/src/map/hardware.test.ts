import { expect, test } from 'vitest';
import { isSoftware } from './hardware';

test('programs that draw on the processor are told from graphics cards', () => {
  const software = [
    'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)',
    'llvmpipe (LLVM 15.0.6, 256 bits)',
    'ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11 vs_5_0 ps_5_0, D3D11)',
  ];
  const cards = [
    'ANGLE (Intel, Intel(R) UHD Graphics 630 Direct3D11)',
    'Mali-G78',
    'Apple M2',
    'WebKit WebGL',
  ];
  expect(software.map(isSoftware)).toEqual([true, true, true]);
  expect(cards.map(isSoftware)).toEqual([false, false, false, false]);
});
