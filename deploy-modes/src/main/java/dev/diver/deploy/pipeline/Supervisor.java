package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.IoFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The process that starts, watches and ends those of a run (deploy-modes/supervisor; protocol.h
 * there says what is written to it and read from it). It ends with Diver, however that ends, and
 * all that it has started ends with it.
 */
final class Supervisor {

  private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

  /** What words, paths and variables are to Linux. */
  private static final Charset NATIVE = Charset.forName(System.getProperty("sun.jnu.encoding"));

  private static final List<String> STANDARD = List.of("/dev/stdin", "/dev/stdout", "/dev/stderr");

  private static final int STARTED = 0;
  private static final int ENDED = 1;
  private static final int PRINTED = 2;
  private static final int EVENT_BYTES = 12;

  /** Where a process runs, and how long: cores (none: any), and milliseconds (0: without end). */
  record Limits(List<Integer> cores, long deadline, long grace) {}

  private final Process process;
  private final OutputStream requests;
  private final Map<Integer, Supervised> all = new ConcurrentHashMap<>();
  private int count;
  private volatile boolean ending;

  private Supervisor(Process process) {
    this.process = process;
    this.requests = process.getOutputStream();
  }

  /**
   * Starts it.
   *
   * @param errors whether Diver's standard error, rather than its standard output, is what
   *     processes {@linkplain Redirect#INHERIT inherit}
   */
  static Supervisor start(Host host, boolean errors) {
    Path program = CarriedProgram.SUPERVISOR.in(host.cache());
    try {
      ProcessBuilder builder = new ProcessBuilder(program.toString());
      Process process =
          (errors
                  ? builder.command(program.toString(), "errors").redirectError(Redirect.INHERIT)
                  : builder.redirectOutput(Redirect.INHERIT))
              .start();
      Supervisor supervisor = new Supervisor(process);
      InputStream events = errors ? process.getInputStream() : process.getErrorStream();
      Thread.ofPlatform().daemon().name("supervisor").start(() -> supervisor.listen(events));
      return supervisor;
    } catch (IOException e) {
      throw IoFailure.of("start", program, e);
    }
  }

  /**
   * Starts a process; its streams are open when it {@linkplain Supervised#pid has a number}.
   *
   * @param ear hears what it says and that it ends, from another thread
   */
  synchronized Supervised start(
      TaskCommand command, Path folder, Plumbing.Ends ends, Limits limits, Supervised.Ear ear)
      throws IOException {
    int id = ++count;
    Supervised supervised = new Supervised(() -> stop(id), ear);
    all.put(id, supervised);
    Request request = new Request();
    request.add("start", "" + id, "" + limits.deadline, "" + limits.grace);
    request.add(limits.cores.stream().map(String::valueOf).collect(Collectors.joining(",")));
    request.add(folder.toString(), fromElsewhere(ends.in()));
    request.add(how(ends.out()), fromElsewhere(ends.out()));
    request.add("" + command.words().size());
    command.words().forEach(request::add);
    request.add("");
    command.environment().forEach((name, value) -> request.add(name + "=" + value));
    try {
      send(request);
    } catch (IOException e) {
      if (!ending) {
        throw e;
      }
      supervised.lost();
    }
    return supervised;
  }

  /** The path of a file; one that leads to a stream of Diver's own as another process has it. */
  private static String fromElsewhere(Redirect redirect) {
    String path = String.valueOf(redirect.file());
    String own = "/proc/" + ProcessHandle.current().pid() + "/fd/";
    for (String descriptors : List.of("/dev/fd/", "/proc/self/fd/")) {
      if (path.startsWith(descriptors)) {
        return own + path.substring(descriptors.length());
      }
    }
    int stream = STANDARD.indexOf(path);
    return stream < 0 ? path : own + stream;
  }

  private static String how(Redirect out) {
    return switch (out.type()) {
      case INHERIT -> "inherit";
      case PIPE -> "tell";
      case APPEND -> "append";
      default -> "replace";
    };
  }

  private synchronized void stop(int id) {
    try {
      Request request = new Request();
      request.add("stop", "" + id);
      send(request);
    } catch (IOException _) {
      // it has ended, and so has what it has started
    }
  }

  /** How many bytes follow, then texts with NUL behind each. */
  private static final class Request {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void add(String... texts) {
      for (String text : texts) {
        bytes.writeBytes(text.getBytes(NATIVE));
        bytes.write(0);
      }
    }
  }

  private void send(Request request) throws IOException {
    ByteBuffer size = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    requests.write(size.putInt(request.bytes.size()).array());
    request.bytes.writeTo(requests);
    requests.flush();
  }

  /** Passes on what happens; when it has ended, all have. */
  private void listen(InputStream events) {
    try (events) {
      byte[] event = new byte[EVENT_BYTES];
      while (events.readNBytes(event, 0, EVENT_BYTES) == EVENT_BYTES) {
        ByteBuffer fields = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        int kind = fields.getInt();
        Supervised whom = all.get(fields.getInt());
        int value = fields.getInt();
        byte[] bytes = kind < PRINTED ? new byte[0] : events.readNBytes(value);
        if (whom == null) {
          continue;
        }
        switch (kind) {
          case STARTED -> whom.started(value);
          case ENDED -> whom.ended(value);
          default -> whom.wrote(bytes, kind == PRINTED);
        }
      }
    } catch (IOException _) {
      // as its end
    }
    all.values().forEach(Supervised::lost);
  }

  /**
   * Ends all that still runs, and what they have left.
   *
   * @return whether nothing is left
   */
  boolean end() {
    ending = true;
    process.toHandle().destroy(); // it may not be reading requests now
    try {
      if (process.waitFor(LONGEST_STOP.toNanos(), TimeUnit.NANOSECONDS)) {
        return process.exitValue() == 0;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return false;
  }
}
