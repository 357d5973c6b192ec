/** A photo made small enough for a village's line, and without what the camera wrote into it (where, when, which). */

const MOST_BYTES = 180 * 1024; // as the server takes it
const LONGEST_SIDE = 1600;
const QUALITIES = [0.8, 0.65, 0.5, 0.35];

export interface Small {
  media_type: "image/jpeg";
  data: string; // base64
  bytes: number;
}

/** Raises Error when it is no picture, or none that can be made small enough. */
export async function small_photo(file: Blob): Promise<Small> {
  const picture = await createImageBitmap(file);
  for (let side = LONGEST_SIDE; side >= 400; side = Math.round(side * 0.75)) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob && blob.size <= MOST_BYTES) return { media_type: "image/jpeg", data: await base64(blob), bytes: blob.size };
    }
  }
  throw new Error("too large");
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
