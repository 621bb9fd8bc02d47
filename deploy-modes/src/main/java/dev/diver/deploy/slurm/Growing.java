package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.LineBuffer;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file that another machine writes. It is opened anew for each look, which is when a network file
 * system asks its server (NFS: "close-to-open consistency", nfs(5)).
 */
final class Growing {

  private static final int MOST_AT_ONCE = 1 << 20;

  private final Path file;
  private final List<String> whole = new ArrayList<>();
  private final LineBuffer begun = new LineBuffer(whole::add);
  private long read;

  Growing(Path file) {
    this.file = file;
  }

  /** What has come since the last time, some of it where it is much; empty where nothing has. */
  byte[] more() {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      if (channel.size() <= read) {
        return new byte[0];
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(MOST_AT_ONCE, channel.size() - read));
      channel.position(read);
      int count = Math.max(0, channel.read(bytes));
      read += count;
      return Arrays.copyOf(bytes.array(), count);
    } catch (NoSuchFileException _) {
      return new byte[0];
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  /**
   * The lines that have come, without their ends; one that is too long comes in parts.
   *
   * @param last whether no more will come, so that a line without an end is one
   */
  List<String> lines(boolean last) {
    for (byte[] more = more(); more.length > 0; more = more()) {
      begun.add(more);
    }
    if (last) {
      begun.end();
    }
    List<String> lines = List.copyOf(whole);
    whole.clear();
    return lines;
  }
}
