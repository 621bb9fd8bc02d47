package dev.diver.deploy.run;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a detached dive's app has written. */
public final class Logs {

  private static final int BUFFER = 64 * 1024;
  private static final long POLL_MILLIS = 100;

  private Logs() {}

  /**
   * Copies what the app wrote, each stream to its own.
   *
   * @param follow whether to go on until the dive ends
   */
  public static void copy(RunFolder run, OutputStream out, OutputStream err, boolean follow)
      throws IOException, InterruptedException {
    long outAt = 0;
    long errAt = 0;
    boolean more = true;
    while (more) {
      more = follow && run.state().filter(RunState::running).isPresent();
      outAt = copyFrom(run.stdout(), outAt, out);
      errAt = copyFrom(run.stderr(), errAt, err);
      if (more) {
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  private static long copyFrom(Path file, long position, OutputStream to) throws IOException {
    if (!Files.exists(file)) {
      return position;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      long at = position;
      for (int n = channel.read(buffer, at); n > 0; n = channel.read(buffer.clear(), at)) {
        to.write(buffer.array(), 0, n);
        at += n;
      }
      to.flush();
      return at;
    } catch (NoSuchFileException e) {
      return position; // the dive was removed just now
    }
  }
}
