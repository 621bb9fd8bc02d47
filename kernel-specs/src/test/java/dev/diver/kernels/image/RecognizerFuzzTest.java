package dev.diver.kernels.image;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.image.Recognized.Evidence;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.image.Recognized.Problem;
import dev.diver.kernels.image.Recognized.Severity;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged headers: whatever a file holds, it is recognized as something, in little reading.
 *
 * <p>With {@code -Dfuzz.seconds=N} it goes on for so long, each round from another seed; a failure
 * names its seed, which {@code -Dfuzz.seed=S} tries again.
 */
class RecognizerFuzzTest {

  private static final int ROUNDS = 2_000;

  /** What class loading may read meanwhile, in bytes. */
  private static final long SLACK = 1 << 20;

  private static final long[] NASTY = {
    0,
    1,
    7,
    8,
    0xff,
    0xffff,
    0x7fffffffL,
    0xffffffffL,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    -1,
    -8,
    Long.MIN_VALUE,
    Long.MAX_VALUE - 511
  };

  /** Where the samples have their headers. */
  private static final int[] PLACES = {
    0, 64, 0x80, 440, 512, 1024, Samples.NOTES, Samples.MULTIBOOT, 0x8000, 0x8800, 0x9800, 3 << 16
  };

  @TempDir Path folder;

  @Test
  void damagedHeadersAreRecognizedAsSomething() throws IOException {
    List<byte[]> samples = List.copyOf(Samples.sound().values());
    Long seed = Long.getLong("fuzz.seed");
    if (seed != null) {
      look(samples, seed);
      return;
    }
    long end = System.nanoTime() + Long.getLong("fuzz.seconds", 0) * 1_000_000_000L;
    Set<String> seen = new HashSet<>();
    int unbootable = 0;
    int round = 0;
    for (; round < ROUNDS || System.nanoTime() < end; round++) {
      Recognized kernel = look(samples, round);
      seen.add(kernel.form().toString());
      kernel.problems().forEach(p -> seen.add(p.what().replaceAll("0x\\p{XDigit}+|\\d+", "#")));
      unbootable += kernel.bootable() ? 0 : 1;
    }
    assertTrue(seen.size() > 45, "only " + seen.size() + " answers: no real damage was done");
    assertTrue(unbootable > round / 5, unbootable + " of " + round);
    assertTrue(unbootable < round, "nothing was left whole");
  }

  private Recognized look(List<byte[]> samples, long seed) throws IOException {
    Random random = new Random(seed);
    Path file = folder.resolve(random.nextBoolean() ? "kernel" : "kernel.qcow2");
    Files.write(file, damaged(samples, random));
    if (random.nextInt(8) == 0) {
      try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
        sparse.setLength(1L << random.nextInt(20, 42));
      }
    }
    try {
      long before = RecognizerTest.bytesRead();
      Recognized kernel = Recognizer.of(file);
      long read = RecognizerTest.bytesRead() - before;
      assertTrue(read <= Recognizer.MOST_READ_OF_ELF + SLACK, read + " bytes read");
      check(kernel);
      return kernel;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("-Dfuzz.seed=" + seed, e);
    }
  }

  private static void check(Recognized kernel) {
    assertTrue(
        !kernel.methods().isEmpty()
            || kernel.problems().stream().anyMatch(p -> p.severity() == Severity.FATAL),
        "neither a way to boot nor a reason: " + kernel);
    for (Method method : kernel.methods()) {
      assertFalse(method.machines().isEmpty());
    }
    for (Evidence evidence : kernel.evidence()) {
      boolean inside = evidence.offset() >= 0 && evidence.offset() <= kernel.size();
      assertTrue(inside || kernel.compression().isPresent(), evidence.toString());
      assertPlain(evidence.meaning());
    }
    for (Problem problem : kernel.problems()) {
      assertTrue(problem.what().endsWith(".") && problem.remedy().endsWith("."), problem.what());
      assertPlain(problem.what() + problem.remedy());
    }
    assertPlain(kernel.what());
    kernel.version().ifPresent(RecognizerFuzzTest::assertPlain);
  }

  /** Foreign text must not steer a terminal, nor flood it. */
  private static void assertPlain(String text) {
    assertTrue(text.chars().noneMatch(Character::isISOControl), text);
    assertTrue(text.length() < 1500, text);
  }

  private static byte[] damaged(List<byte[]> samples, Random random) throws IOException {
    byte[] bytes = samples.get(random.nextInt(samples.size())).clone();
    if (random.nextInt(6) == 0) {
      overlay(bytes, samples.get(random.nextInt(samples.size())), random);
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      patch(Samples.buffer(bytes), random);
    }
    if (random.nextInt(5) == 0) {
      bytes = Arrays.copyOf(bytes, random.nextInt(Math.min(bytes.length, 1 << 16)));
    }
    return random.nextInt(12) == 0 ? Samples.gzip(bytes) : bytes;
  }

  /** Part of another file. */
  private static void overlay(byte[] bytes, byte[] other, Random random) {
    int at = PLACES[random.nextInt(PLACES.length)];
    int length = Math.min(Math.min(bytes.length, other.length) - at, random.nextInt(1, 4096));
    if (length > 0) {
      System.arraycopy(other, at, bytes, at, length);
    }
  }

  private static void patch(ByteBuffer bytes, Random random) {
    int place = PLACES[random.nextInt(PLACES.length)] + random.nextInt(-16, 160);
    int at = random.nextInt(4) == 0 ? random.nextInt(bytes.limit()) : place;
    long value = random.nextBoolean() ? NASTY[random.nextInt(NASTY.length)] : random.nextLong();
    if (at < 0 || at + 8 > bytes.limit()) {
      return;
    }
    switch (random.nextInt(4)) {
      case 0 -> bytes.put(at, (byte) value);
      case 1 -> bytes.putShort(at, (short) value);
      case 2 -> bytes.putInt(at, (int) value);
      default -> bytes.putLong(at, value);
    }
  }
}
