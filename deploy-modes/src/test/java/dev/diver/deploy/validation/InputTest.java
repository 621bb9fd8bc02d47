package dev.diver.deploy.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputTest {

  @TempDir Path folder;

  /** Figures that were measured elsewhere are about the same input. */
  @ParameterizedTest
  @CsvSource({
    "TEXT, 887653226",
    "SHORT_TEXT, 3844777215",
    "SOURCE, 114211594",
    "QUERIES, 305749783"
  })
  void isTheSameOnEveryMachine(Input input, long checksum) throws IOException {
    input.write(folder, 1);
    CRC32 crc = new CRC32();
    crc.update(Files.readAllBytes(folder.resolve(input.file())));
    assertEquals(checksum, crc.getValue());
  }

  @Test
  void theLongTextIsSomewhatMoreThan32MebibytesOfLines() throws IOException {
    Input.TEXT.write(folder, 1);
    Path text = folder.resolve(Input.TEXT.file());
    assertEquals(32.0, Files.size(text) / (double) (1 << 20), 0.01);
    assertTrue(Files.readString(text).endsWith(" \n"));
  }
}
