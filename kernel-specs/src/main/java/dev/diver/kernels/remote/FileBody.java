package dev.diver.kernels.remote;

import dev.diver.kernels.oci.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;

/** A file on its way to a server. Can be sent again: then it takes back the progress it told. */
final class FileBody extends RequestBody {

  private static final MediaType BYTES = MediaType.get("application/octet-stream");
  private static final int BUFFER = 256 << 10;

  private final Path file;
  private final Descriptor blob;
  private final Progress progress;
  private long told;

  FileBody(Path file, Descriptor blob, Progress progress) {
    this.file = file;
    this.blob = blob;
    this.progress = progress;
  }

  @Override
  public MediaType contentType() {
    return BYTES;
  }

  @Override
  public long contentLength() {
    return blob.size();
  }

  @Override
  public void writeTo(BufferedSink sink) throws IOException {
    tell(-told);
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count; (count = in.read(buffer)) > 0; ) {
        sink.write(buffer, 0, count);
        tell(count);
      }
    }
  }

  private void tell(long bytes) {
    told += bytes;
    progress.advanced(Transfer.title(blob), bytes);
  }
}
