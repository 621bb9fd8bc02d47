package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializer;

/**
 * All changes in order, one JSON object a line: with the blobs, the truth of a catalog. The
 * database can be made again from it. A line that a crash cut short never was.
 */
final class Journal implements AutoCloseable {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Digest.class, ToStringSerializer.instance)
                  .addDeserializer(Digest.class, new DigestReader()))
          .build();

  private final FileChannel channel;

  Journal(Path file) throws IOException {
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    channel.truncate(endOfLastLine());
  }

  /** Where the next line begins, in bytes. */
  long end() throws IOException {
    return channel.size();
  }

  /** Adds a change; it survives a loss of power when this returns, if {@code force} says so. */
  void append(Change change, boolean force) throws IOException {
    byte[] json = JSON.writerFor(Change.class).writeValueAsBytes(change);
    ByteBuffer line = ByteBuffer.allocate(json.length + 1).put(json).put((byte) '\n').flip();
    long position = end();
    while (line.hasRemaining()) {
      position += channel.write(line, position);
    }
    if (force) {
      channel.force(false);
    }
  }

  /** Takes back what was added behind this position. */
  void rollback(long position) throws IOException {
    channel.truncate(position);
  }

  /** What is done with each change, and where the line behind it begins. */
  interface Reader {
    void accept(Change change, long next) throws IOException;
  }

  /** Reads all changes from a position that {@link #end} or a {@link Reader} told. */
  void replay(long from, Reader reader) throws IOException {
    channel.position(from);
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    long next = from;
    byte[] line = readLine(in);
    while (line.length > 0) {
      next += line.length;
      reader.accept(parse(line, next - line.length), next);
      line = readLine(in);
    }
  }

  private static Change parse(byte[] line, long position) throws IOException {
    try {
      return JSON.readValue(line, Change.class);
    } catch (JacksonException e) {
      throw new IOException("the journal has no change at byte " + position, e);
    }
  }

  private static byte[] readLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    while (next >= 0) {
      line.write(next);
      if (next == '\n') {
        break;
      }
      next = in.read();
    }
    return line.toByteArray();
  }

  private long endOfLastLine() throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    for (long end = channel.size(); end > 0; end--) {
      channel.read(one.clear(), end - 1);
      if (one.get(0) == '\n') {
        return end;
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static final class DigestReader extends ValueDeserializer<Digest> {
    @Override
    public Digest deserialize(
        tools.jackson.core.JsonParser parser,
        tools.jackson.databind.DeserializationContext context) {
      return Digest.parse(parser.getString());
    }
  }
}
