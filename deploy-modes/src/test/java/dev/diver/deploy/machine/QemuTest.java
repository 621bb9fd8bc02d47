package dev.diver.deploy.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QemuTest {

  @TempDir Path home;

  private Host host(String path) {
    return new Host(Map.of("PATH", path), home.resolve("cache"));
  }

  /** The one way to have an old QEMU here: a program of that name that says so. */
  private Host hostWithFake(String says) throws IOException {
    Path fake = home.resolve(Qemu.PROGRAM);
    Files.writeString(fake, "#!/bin/sh\necho '" + says + "'\necho asked >> " + home + "/asked\n");
    Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwx------"));
    return host("/no/such/folder:" + home + ":/usr/bin");
  }

  @Test
  void findsTheRealOne() {
    Qemu qemu = Qemu.find(host(System.getenv("PATH")));
    assertTrue(qemu.version().matches("\\d+\\.\\d+.*"), qemu.version());
    assertEquals(qemu, Qemu.find(host(System.getenv("PATH"))), "from the cache");
  }

  @Test
  void refusesAnOldOne() throws IOException {
    Host host = hostWithFake("QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2)");
    DiverException failed = assertThrows(DiverException.class, () -> Qemu.find(host));
    assertEquals(Failure.Kind.UNSUPPORTED, failed.failure().kind());
    assertTrue(failed.failure().what().contains("6.2.0"), failed.getMessage());
    assertTrue(failed.failure().remedy().contains("apt-get"), failed.getMessage());
  }

  @Test
  void refusesWhatIsNoQemu() throws IOException {
    Host host = hostWithFake("hello");
    DiverException failed = assertThrows(DiverException.class, () -> Qemu.find(host));
    assertEquals(Failure.Kind.UNSUPPORTED, failed.failure().kind());
  }

  @Test
  void asksOnceForEachFile() throws Exception {
    Host host = hostWithFake("QEMU emulator version 9.1.0");
    assertEquals("9.1.0", Qemu.find(host).version());
    assertEquals("9.1.0", Qemu.find(host).version());
    assertEquals(1, Files.readAllLines(home.resolve("asked")).size());
    assertEquals("10.0.1", Qemu.find(hostWithFake("QEMU emulator version 10.0.1")).version());
  }

  @Test
  void saysWhereThereIsNone() {
    DiverException failed = assertThrows(DiverException.class, () -> Qemu.find(host("/no/such")));
    assertEquals(Failure.Kind.MISSING, failed.failure().kind());
  }
}
