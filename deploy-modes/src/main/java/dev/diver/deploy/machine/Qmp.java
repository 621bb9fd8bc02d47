package dev.diver.deploy.machine;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * A client of QEMU's machine protocol (QEMU docs/interop/qmp-spec.txt) on a unix socket. One
 * command at a time; messages longer than a mebibyte end the connection.
 */
public final class Qmp implements AutoCloseable {

  /**
   * What QEMU tells unasked.
   *
   * @param name as in {@code SHUTDOWN}
   * @param data its members
   */
  public record Event(String name, Map<?, ?> data) {}

  private static final int MAX_MESSAGE = 1 << 20;
  private static final long POLL_MILLIS = 2;

  private final SocketChannel channel;
  private final InputStream in;
  private final Duration deadline;
  private final Consumer<Event> events;
  private final BlockingQueue<Map<String, Object>> answers = new ArrayBlockingQueue<>(1);
  private final Thread reader = Thread.ofPlatform().daemon().name("qmp").unstarted(this::readAll);

  private Qmp(SocketChannel channel, Duration deadline, Consumer<Event> events) {
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel));
    this.deadline = deadline;
    this.events = events;
  }

  /**
   * Connects as soon as QEMU listens, and negotiates.
   *
   * @param deadline for connecting, and for the answer to each command
   * @param events called on the connection's thread
   */
  public static Qmp connect(Path socket, Duration deadline, Consumer<Event> events)
      throws IOException, InterruptedException {
    Qmp qmp = new Qmp(open(socket, deadline), deadline, events);
    qmp.reader.start();
    try {
      qmp.execute("qmp_capabilities");
    } catch (IOException | InterruptedException e) {
      qmp.close();
      throw e;
    }
    return qmp;
  }

  /** Ends QEMU in order: disks are flushed. */
  public void quit() throws IOException, InterruptedException {
    execute("quit");
  }

  /** Lets a machine run that was started with {@code -S}, or that stopped. */
  public void resume() throws IOException, InterruptedException {
    execute("cont");
  }

  /**
   * Writes what the first core sees at a physical address to a file.
   *
   * @param file to be made by QEMU, absolute
   */
  public void saveMemory(long address, int size, Path file)
      throws IOException, InterruptedException {
    execute("pmemsave", Map.of("val", address, "size", size, "filename", file.toString()));
  }

  /** The answer to a command for people, as in {@code info registers}; its form is not fixed. */
  public String monitor(String command) throws IOException, InterruptedException {
    return Json.text(execute("human-monitor-command", Map.of("command-line", command)), "return")
        .orElse("");
  }

  /** The machine's state, as in {@code running} or {@code prelaunch}. */
  public String status() throws IOException, InterruptedException {
    Map<?, ?> answer = Json.child(execute("query-status"), "return");
    return Json.text(answer, "status").orElse("unknown");
  }

  /** The threads that run the machine's cores, by Linux's numbers, in the order of the cores. */
  public List<Long> coreThreads() throws IOException, InterruptedException {
    return Json.array(execute("query-cpus-fast"), "return").stream()
        .flatMap(core -> core instanceof Map<?, ?> one ? Stream.of(one) : Stream.empty())
        .flatMap(one -> Json.number(one, "thread-id").stream())
        .toList();
  }

  /** Waits until QEMU has said all that it will, at most this long. */
  public void joinEvents(Duration most) throws InterruptedException {
    reader.join(most);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // closed is closed
    }
  }

  private Map<String, Object> execute(String command) throws IOException, InterruptedException {
    return execute(command, Map.of());
  }

  private synchronized Map<String, Object> execute(String command, Map<String, Object> arguments)
      throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.wrap(message(command, arguments));
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    Map<String, Object> answer = answers.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
    if (answer == null) {
      close(); // a late answer must not be taken for the next command's
      throw new IOException("QEMU did not answer " + command + " in time");
    }
    if (answer.containsKey("error")) {
      Map<?, ?> error = Json.child(answer, "error");
      throw new IOException(command + ": " + Json.text(error, "desc").orElse("refused"));
    }
    return answer;
  }

  private static byte[] message(String command, Map<String, Object> arguments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeStringProperty("execute", command);
      json.writeObjectPropertyStart("arguments");
      arguments.forEach(
          (name, value) -> {
            if (value instanceof Number number) {
              json.writeNumberProperty(name, number.longValue());
            } else {
              json.writeStringProperty(name, value.toString());
            }
          });
      json.writeEndObject();
      json.writeEndObject();
    }
    bytes.write('\n');
    return bytes.toByteArray();
  }

  private static SocketChannel open(Path socket, Duration deadline)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
      } catch (IOException e) {
        channel.close();
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  private void readAll() {
    try {
      for (Optional<byte[]> line = line(); line.isPresent(); line = line()) {
        byte[] bytes = line.get();
        Json.object(bytes, 0, bytes.length).ifPresent(this::take);
      }
    } catch (IOException e) {
      // the machine is gone, or close was called
    } finally {
      close();
      // who waits for an answer need not wait longer
      answers.offer(Map.of("error", Map.of("desc", "QEMU has ended")));
    }
  }

  private void take(Map<String, Object> message) {
    Optional<String> event = Json.text(message, "event");
    if (event.isPresent()) {
      events.accept(new Event(event.get(), Json.child(message, "data")));
    } else if (message.containsKey("return") || message.containsKey("error")) {
      answers.offer(message);
    }
  }

  private Optional<byte[]> line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.size() == MAX_MESSAGE) {
        return Optional.empty();
      }
      line.write(next);
    }
    return Optional.of(line.toByteArray());
  }
}
