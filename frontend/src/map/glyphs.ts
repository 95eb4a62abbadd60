/** How a worker looks: shaders, colours and what layers in WebGL need in common. */

export type Theme = 'day' | 'night';
export type Origin = readonly [x: number, y: number];
type Colours = { states: [string, string, string, string]; rim: string; outside: string };

/** By day and by night; states differ in shape as well. */
export const COLOURS: Record<Theme, Colours> = {
  day: { states: ['#0b7a5c', '#2563b8', '#8a8f98', '#b9bdc4'], rim: '#ffffff', outside: '#d9480f' },
  night: { states: ['#3fe0b0', '#6fb1ff', '#8d96a5', '#5b6472'], rim: '#0c1420', outside: '#ff9552' },
};

export const VERTEX = `#version 300 es
in vec2 a_from; in vec2 a_to; in vec2 a_time; in vec2 a_look;
uniform mat4 u_matrix; uniform float u_now; uniform float u_size; uniform float u_bearing;
out float v_heading; flat out int v_state; flat out int v_outside;
void main() {
  float t = clamp((u_now - a_time.x) / max(a_time.y, 1.0), 0.0, 1.0);
  gl_Position = u_matrix * vec4(mix(a_from, a_to, t), 0.0, 1.0);
  gl_PointSize = u_size;
  v_heading = a_look.x < 0.0 ? -1.0 : a_look.x - u_bearing + 10.0 * 6.28318530718;
  v_state = int(a_look.y) & 15;
  v_outside = int(a_look.y) >> 4;
}`;

// moving: a disc with an arrow; standing: a disc with a square; silent: a hollow ring; off duty: a small grey dot;
// outside the own grid: a second, dashed rim
export const FRAGMENT = `#version 300 es
precision mediump float;
in float v_heading; flat in int v_state; flat in int v_outside;
uniform vec3 u_colours[4]; uniform vec3 u_rim; uniform vec3 u_outside;
out vec4 colour;
void main() {
  vec2 p = (gl_PointCoord - 0.5) * 2.0;
  float r = length(p), soft = fwidth(r);
  vec3 fill = u_colours[clamp(v_state, 0, 3)];
  float radius = v_state == 3 ? 0.36 : 0.56;
  float disc = 1.0 - smoothstep(radius - soft, radius + soft, r);
  float rim = 1.0 - smoothstep(radius + 0.12 - soft, radius + 0.12 + soft, r);
  float inner = 0.0;
  if (v_state == 1) inner = 1.0 - smoothstep(0.2 - soft, 0.2 + soft, max(abs(p.x), abs(p.y)));
  if (v_state == 2) inner = 1.0 - smoothstep(0.34 - soft, 0.34 + soft, r);
  vec4 found = vec4(mix(u_rim, fill, disc * (1.0 - inner)), rim);
  if (v_state == 0 && v_heading >= 0.0) {
    float c = cos(v_heading), s = sin(v_heading);
    vec2 q = vec2(c * p.x + s * p.y, -s * p.x + c * p.y);
    float arrow = step(-0.98, q.y) * step(q.y, -0.5) * (1.0 - smoothstep(0.0, soft * 2.0, abs(q.x) - (q.y + 0.98) * 0.62));
    found = mix(found, vec4(fill, 1.0), arrow * (1.0 - disc));
  }
  if (v_outside == 1 && v_state < 2) {
    float ring = smoothstep(0.74 - soft, 0.74 + soft, r) * (1.0 - smoothstep(0.92 - soft, 0.92 + soft, r));
    ring *= step(0.0, sin(atan(p.y, p.x) * 8.0));
    found = mix(found, vec4(u_outside, 1.0), ring);
  }
  if (found.a < 0.02) discard;
  colour = vec4(found.rgb * found.a, found.a);
}`;

/** A program of two shaders; undefined while the context is lost, throws what a compiler says. */
export function build(
  gl: WebGL2RenderingContext,
  vertex: string,
  fragment: string,
): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost())
      throw new Error(gl.getShaderInfoLog(shader) ?? 'shader');
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  return program;
}

/** A matrix moved to a local origin, in double precision: floats of the whole world tremble by metres. */
export function translated(matrix: ArrayLike<number>, [x, y]: Origin): Float32Array {
  const moved = Float64Array.from(matrix);
  for (let row = 0; row < 4; row++)
    moved[12 + row] = (moved[row] ?? 0) * x + (moved[4 + row] ?? 0) * y + (moved[12 + row] ?? 0);
  return Float32Array.from(moved);
}

export function rgb(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

/** Degrees to Mercator units, 0 … 1 from the north-west, and back. */
export function mercator(lon: number, lat: number): [number, number] {
  const sine = Math.sin((Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180);
  return [(lon + 180) / 360, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}
export function degrees(x: number, y: number): [number, number] {
  return [x * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI];
}
