/** Photos from the camera, made small enough to send over a mobile network before they are kept. */

const LARGEST_SIDE = 1600;
const QUALITY = 0.82;
export const MOST_PHOTOS = 6;

/** A JPEG of at most 1600 pixels a side, upright; raises when it is no picture. */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('canvas');
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done, failed) => {
    canvas.toBlob((made) => (made ? done(made) : failed(new Error('canvas'))), 'image/jpeg', QUALITY);
  });
}
