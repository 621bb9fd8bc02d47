package dev.diver.kernels.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingTest {

  @TempDir Path folder;

  @Test
  void nothingStaysOfWhatCannotBeReplaced() throws IOException {
    Path target = Files.createDirectories(folder.resolve("target"));
    Files.createFile(target.resolve("file"));
    assertThrows(IOException.class, () -> Staging.replace(target, new byte[1]));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(target), left.toList());
    }
  }
}
