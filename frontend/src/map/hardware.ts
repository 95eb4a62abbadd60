/** What draws the map on this computer: nothing, its processor, or a graphics card. */

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Whether this browser can draw the map at all. */
export function canDraw(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

/** Whether a name that a driver gives itself is that of a program that draws on the processor. */
export const isSoftware = (renderer: string): boolean => SOFTWARE.test(renderer);

/** Whether the processor draws: a second sample of each pixel costs as much there as the first. */
export function drawsInSoftware(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return false;
  const told = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return isSoftware(renderer);
}
