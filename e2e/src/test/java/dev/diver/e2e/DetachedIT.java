package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Detached dives: -d, ps, logs, stop. */
@ExtendWith(SharedCatalog.class)
class DetachedIT {

  @TempDir private Path folder;

  @Test
  void aDetachedDiveIsSeenReadAndStopped(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Programs.write(
        user,
        "beat",
        """
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
          for (int i = 0;; i++) { printf("beat %d\\n", i); fflush(stdout); sleep(1); }
        }
        """);
    Shell.Result started =
        Expect.success(user.diver("dive", "-d", "--name", "heart", "--kernel", "remora", "beat"));
    assertEquals("heart", started.text().strip(), started::toString);
    assertTrue(Expect.success(user.diver("ps")).text().contains("heart"));
    Expect.failure(
        user.diver("dive", "-d", "--name", "heart", "--kernel", "remora", "beat"), "heart");
    Shell.Result followed = user.sh("diver logs --follow heart | head -n 3");
    assertEquals("beat 0\nbeat 1\nbeat 2\n", followed.text(), followed::toString);
    Expect.success(user.diver("stop", "heart"));
    assertFalse(Expect.success(user.diver("ps")).text().contains("heart"));
    assertTrue(Expect.success(user.diver("logs", "heart")).text().startsWith("beat 0\n"));
    assertEquals(java.util.List.of(), Expect.processesNaming(user.home().toString()));
    Expect.failure(user.diver("stop", "no-such-dive"), "no-such-dive");
  }

  @Test
  void theStatusOfADetachedDiveIsKept(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(
        user.diver(
            "dive",
            "-d",
            "--name",
            "brief",
            "--kernel",
            "remora",
            "/bin/busybox",
            "--",
            "sh",
            "-c",
            "echo done; exit 5"));
    Expect.success(user.diver("logs", "--follow", "brief"));
    Shell.Result all = Expect.success(user.diver("ps", "--all"));
    assertTrue(all.text().matches("(?s).*brief.*\\b5\\b.*"), all::toString);
  }
}
