package dev.diver.deploy.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AccelerationTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path cache;

  private Host host() {
    return new Host(System.getenv(), cache);
  }

  @Test
  void theGuestOfTheProofRuns() {
    Qemu qemu = Qemu.find(host());
    assertEquals("proved", Acceleration.prove(host(), qemu, Acceleration.Kind.TCG, LONG));
  }

  @Test
  void aGuestThatIsTooSlowProvesNothing() {
    Qemu qemu = Qemu.find(host());
    String answer = Acceleration.prove(host(), qemu, Acceleration.Kind.TCG, Duration.ofMillis(1));
    assertTrue(answer.contains("did not end within 1 ms"), answer);
  }

  @Test
  void remembersTheAnswerForThisMachine() throws Exception {
    Qemu qemu = Qemu.find(host());
    Acceleration first = Acceleration.find(host(), qemu, Duration.ofSeconds(2), false);
    Path answer = cache.resolve("kvm-proof");
    if (Files.exists(Path.of("/dev/kvm")) && Files.isWritable(Path.of("/dev/kvm"))) {
      String known = Files.readString(answer);
      Files.writeString(answer, known.substring(0, known.indexOf('\n') + 1) + "proved");
      assertEquals(
          Acceleration.Kind.KVM, Acceleration.find(host(), qemu, LONG, false).kind(), "as noted");
      Files.writeString(answer, "another machine\nproved");
      assertEquals(
          first.kind(),
          Acceleration.find(host(), qemu, Duration.ofSeconds(2), false).kind(),
          "anew");
    } else {
      assertEquals(Acceleration.Kind.TCG, first.kind());
    }
  }
}
