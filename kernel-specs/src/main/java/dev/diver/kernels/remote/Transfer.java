package dev.diver.kernels.remote;

import dev.diver.kernels.oci.Descriptor;

/** What a blob is called while it moves. */
final class Transfer {

  private Transfer() {}

  /** Its file name, else the start of its digest. */
  static String title(Descriptor blob) {
    String title = CatalogJson.printable(blob.annotations().getOrDefault(Descriptor.TITLE, ""));
    return title.isEmpty() ? blob.digest().shortHex() : title;
  }
}
