import decodeQR from "qr/decode.js";

const SCALE = 4;

/** What a camera reads from the SVG of `drawQr`: a path of squares, each from where the last began. */
export function readSvg(svg: string): string {
  const modules = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const side = modules * SCALE;
  const data = new Uint8Array(side * side * 4).fill(255);
  let [x, y] = [0, 0];
  for (const [, command, dx, dy] of svg.matchAll(/([Mm])(-?\d+)[ ,]?(-?\d+)h1v1/g)) {
    [x, y] = command === "M" ? [Number(dx), Number(dy)] : [x + Number(dx), y + Number(dy)];
    for (let pixel = 0; pixel < SCALE * SCALE; pixel++) {
      const column = x * SCALE + (pixel % SCALE);
      const row = y * SCALE + Math.floor(pixel / SCALE);
      data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
    }
  }
  return decodeQR({ width: side, height: side, data });
}
