package dev.diver.deploy.run;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is made when the first byte is written, since its folder comes later than its name.
 */
final class LateFile extends OutputStream {

  private final Path path;
  private @Nullable OutputStream open;

  LateFile(Path path) {
    this.path = path;
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (open == null) {
      open = Files.newOutputStream(path);
    }
    open.write(bytes, offset, length);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void close() throws IOException {
    if (open != null) {
      open.close();
    }
  }
}
