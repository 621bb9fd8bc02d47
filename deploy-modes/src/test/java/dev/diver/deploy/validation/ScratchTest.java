package dev.diver.deploy.validation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ScratchTest {

  @Test
  void goesAwayWithAllThatIsInIt() throws IOException {
    Path folder;
    try (Scratch scratch = Scratch.make()) {
      folder = scratch.folder();
      Files.writeString(Files.createDirectories(folder.resolve("a/b")).resolve("c"), "d");
    }
    assertFalse(Files.exists(folder));
  }

  @Test
  void removesWhatAKilledProcessLeft() throws IOException, InterruptedException {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Path shm = parent();
    Path left = shm.resolve("diver-validation-" + ended.pid());
    Path used = shm.resolve("diver-validation-1"); // by init, which lives
    Files.createDirectories(left.resolve("deep"));
    Files.createDirectories(used);
    try (Scratch scratch = Scratch.make()) {
      assertTrue(Files.exists(scratch.folder()));
      assertFalse(Files.exists(left));
      assertTrue(Files.exists(used));
    } finally {
      Files.delete(used);
    }
  }

  private static Path parent() {
    try (Scratch scratch = Scratch.make()) {
      return Objects.requireNonNull(scratch.folder().getParent());
    }
  }
}
