package dev.diver.deploy.fullvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.SharedStreams;
import dev.diver.deploy.stream.StreamEnd;
import dev.diver.deploy.stream.StreamFile;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two machines of remora's that share a stream in memory; each has a Busybox. */
final class SharedStreamTest {

  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final int WRITER_STATE = 64 + 8;
  private static final int READER_STATE = 128 + 8;
  private static final int OPEN = 1;

  @TempDir Path home;

  private final Optional<Path> none = Optional.empty();

  private Guests.Dive dive(Optional<Path> in, Optional<Path> out, String... args) {
    Guests.Dive dive = Guests.remora().dive(home).app(BUSYBOX, args);
    return new Guests.Dive(dive.r().with(MachineOverrides.only(new SharedStreams(in, out))));
  }

  private Optional<Path> stream() {
    return Optional.of(home.resolve("a stream"));
  }

  @Test
  void whatOneWritesTheOtherReads() throws Exception {
    Guests.Done done;
    try (RunningDive writer = dive(none, stream(), "seq", "50000").launch(Guests.silent())) {
      done = dive(stream(), none, "cat").run("");
      assertEquals(new Outcome.Exited(0), writer.await().outcome());
    }
    String expected =
        IntStream.rangeClosed(1, 50000).mapToObj(i -> i + "\n").collect(Collectors.joining());
    assertTrue(expected.equals(done.out()), done.out().length() + " of " + expected.length());
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    try (Stream<Path> left = Files.list(home)) {
      assertFalse(left.anyMatch(file -> file.toString().contains("a stream")));
    }
  }

  @Test
  void aReaderWhoseWriterIsKilledEndsWithAnError() throws Exception {
    RunningDive writer = dive(none, stream(), "sleep", "1000").launch(Guests.silent());
    Thread killer =
        Thread.ofVirtual()
            .start(
                () -> {
                  await(READER_STATE, OPEN);
                  writer.stop(Duration.ZERO);
                  writer.close();
                });
    Guests.Done done = dive(stream(), none, "cat").run("");
    killer.join();
    assertEquals(new Outcome.Exited(1), done.report().outcome());
    assertTrue(done.err().contains("Connection reset by peer"), done.err());
  }

  @Test
  void aWriterWhoseReaderIsAProcessThatDiedEnds() throws Exception {
    new StreamFile(stream().orElseThrow()).create();
    try (RunningDive writer = dive(none, stream(), "yes").launch(Guests.silent())) {
      await(WRITER_STATE, OPEN);
      set(READER_STATE, OPEN); // nobody holds its lock
      assertEquals(13, ((Outcome.Signalled) writer.await().outcome()).signal());
    }
  }

  @Test
  void anEndIsTakenOnce() throws Exception {
    new StreamFile(stream().orElseThrow()).create();
    set(READER_STATE, OPEN);
    Failure failure = refused(dive(stream(), none, "cat"));
    assertEquals(Failure.Kind.INVALID, failure.kind(), failure::what);
    assertTrue(failure.what().startsWith("Somebody reads "), failure.what());
  }

  @Test
  void whoLooksWhetherAnEndLivesDoesNotKeepItFromItsOwner() throws Exception {
    Path path = stream().orElseThrow();
    new StreamFile(path).create();
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE);
        FileLock look = Objects.requireNonNull(file.tryLock(0, 1, false))) {
      FutureTask<List<StreamEnd>> owner =
          new FutureTask<>(() -> StreamEnd.of(new SharedStreams(none, stream())));
      Thread thread = Thread.ofPlatform().start(owner);
      while (thread.getState() != Thread.State.TIMED_WAITING && !owner.isDone()) {
        Thread.onSpinWait();
      }
      look.release();
      owner.get().forEach(StreamEnd::close);
    }
  }

  @Test
  void whatIsNoStreamIsRefused() throws Exception {
    Files.writeString(stream().orElseThrow(), "a file");
    Failure failure = refused(dive(stream(), none, "cat"));
    assertEquals(Failure.Kind.INVALID, failure.kind(), failure::what);
    assertTrue(failure.what().endsWith("is no stream in shared memory."), failure.what());
  }

  @Test
  void aKernelWithoutStreamsIsRefused() {
    Guests.Dive tiny = Guests.tiny().dive(home);
    Guests.Dive wanted = new Guests.Dive(tiny.r().with(dive(none, stream()).r().overrides()));
    Failure failure = refused(wanted);
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
    assertTrue(failure.what().endsWith(" has no streams in shared memory."), failure.what());
  }

  @Test
  void thePlansCommandsMakeTheSameFile() throws Exception {
    Path file = stream().orElseThrow();
    Process shell = new ProcessBuilder("sh", "-ec", new StreamFile(file).make().toShell()).start();
    assertEquals(0, shell.waitFor());
    Path other = home.resolve("another");
    new StreamFile(other).create();
    assertEquals(-1, Files.mismatch(file, other));
  }

  private static Failure refused(Guests.Dive dive) {
    return assertThrows(DiverException.class, () -> dive.launch(Guests.silent())).failure();
  }

  private void await(int at, int value) {
    while (word(at) != value) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private int word(int at) {
    Path file = stream().orElseThrow();
    ByteBuffer word = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (Files.exists(file)) {
        word.put(Files.readAllBytes(file), at, Integer.BYTES);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return word.getInt(0);
  }

  private void set(int at, int value) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(stream().orElseThrow(), StandardOpenOption.WRITE)) {
      file.write(word.putInt(0, value), at);
    }
  }
}
