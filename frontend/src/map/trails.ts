/** Ways behind the workers: quads along each step, fading with age; the shader cuts them off at the moment shown. */
import { build, type Origin, translated } from './glyphs';

/** from x y, to x y (from the origin), time at both ends, state: one step each. */
export const STEP = 7;
const VERTEX = `#version 300 es
in vec2 a_from; in vec2 a_to; in vec2 a_time; in float a_state;
uniform mat4 u_matrix; uniform vec2 u_viewport; uniform float u_now; uniform float u_span; uniform float u_width;
out float v_alpha; flat out int v_state;
void main() {
  float end = gl_VertexID < 2 ? 0.0 : 1.0, side = gl_VertexID % 2 == 0 ? -1.0 : 1.0;
  float begin = u_now - u_span, took = max(a_time.y - a_time.x, 1e-6);
  float t0 = clamp((begin - a_time.x) / took, 0.0, 1.0), t1 = clamp((u_now - a_time.x) / took, 0.0, 1.0);
  if (t0 >= t1) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  float t = mix(t0, t1, end);
  vec4 a = u_matrix * vec4(mix(a_from, a_to, t0), 0.0, 1.0), b = u_matrix * vec4(mix(a_from, a_to, t1), 0.0, 1.0);
  vec2 along = (b.xy / b.w - a.xy / a.w) * u_viewport;
  vec2 across = length(along) < 1e-4 ? vec2(0.0) : normalize(vec2(-along.y, along.x));
  vec4 here = end < 0.5 ? a : b;
  gl_Position = here + vec4(across * side * u_width / u_viewport * here.w, 0.0, 0.0);
  v_alpha = clamp(1.0 - (u_now - mix(a_time.x, a_time.y, t)) / u_span, 0.0, 1.0);
  v_state = int(a_state);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in float v_alpha; flat in int v_state;
uniform vec3 u_colours[4];
out vec4 colour;
void main() {
  float alpha = v_alpha * v_alpha * 0.75;
  colour = vec4(u_colours[clamp(v_state, 0, 3)] * alpha, alpha);
}`;

export type Shown = {
  matrix: ArrayLike<number>;
  origin: Origin;
  now: number;
  span: number;
  /** Pixels of the screen. */
  width: number;
  colours: number[];
  /** Which steps: all unless said. */
  first?: number;
  count?: number;
};

/** A buffer of steps on the graphics card and how it is drawn; made in `onAdd`, dropped in `onRemove`. */
export class Trails {
  private program: WebGLProgram | undefined;
  private buffer: WebGLBuffer | null = null;
  private held = 0;

  add(gl: WebGL2RenderingContext): void {
    this.program = build(gl, VERTEX, FRAGMENT);
    this.buffer = gl.createBuffer();
    this.held = 0;
  }

  remove(gl: WebGL2RenderingContext): void {
    if (this.program) gl.deleteProgram(this.program);
    if (this.buffer) gl.deleteBuffer(this.buffer);
    this.program = undefined;
    this.buffer = null;
  }

  /** Takes steps over. */
  fill(gl: WebGL2RenderingContext, steps: Float32Array, count: number): void {
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, steps.subarray(0, count * STEP), gl.DYNAMIC_DRAW);
    this.held = count;
  }

  draw(gl: WebGL2RenderingContext, shown: Shown): void {
    const first = Math.max(0, shown.first ?? 0);
    const count = Math.min(shown.count ?? this.held, this.held - first);
    const program = this.program;
    if (!program || !this.buffer || count <= 0) return;
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    const places: number[] = [];
    for (const [name, size, at] of [
      ['a_from', 2, 0],
      ['a_to', 2, 2],
      ['a_time', 2, 4],
      ['a_state', 1, 6],
    ] as const) {
      const place = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, STEP * 4, (first * STEP + at) * 4);
      gl.vertexAttribDivisor(place, 1);
      places.push(place);
    }
    const uniform = (name: string) => gl.getUniformLocation(program, name);
    gl.uniformMatrix4fv(uniform('u_matrix'), false, translated(shown.matrix, shown.origin));
    gl.uniform2f(uniform('u_viewport'), gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(uniform('u_now'), shown.now);
    gl.uniform1f(uniform('u_span'), shown.span);
    gl.uniform1f(uniform('u_width'), shown.width);
    gl.uniform3fv(uniform('u_colours'), shown.colours);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
    for (const place of places) {
      gl.vertexAttribDivisor(place, 0);
      gl.disableVertexAttribArray(place);
    }
  }
}
