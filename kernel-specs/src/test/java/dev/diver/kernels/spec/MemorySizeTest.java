package dev.diver.kernels.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {

  @ParameterizedTest
  @CsvSource({
    "1K, 1024, 1K",
    "256M, 268435456, 256M",
    "1024M, 1073741824, 1G",
    "1536M, 1610612736, 1536M",
    "2T, 2199023255552, 2T",
    "8192T, 9007199254740992, 8192T"
  })
  void isReadAndWritten(String text, long bytes, String canonical) {
    MemorySize size = MemorySize.parse(text);
    assertEquals(bytes, size.bytes());
    assertEquals(canonical, size.toString());
    assertEquals(size, MemorySize.parse(canonical));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "M", "256", "256m", "256 M", "0M", "-1M", "1.5G", "256MB", "999999999T"})
  void anythingElseIsInvalid(String text) {
    var e = assertThrows(DiverException.class, () -> MemorySize.parse(text));
    assertEquals(Kind.INVALID, e.failure().kind());
  }

  @Test
  void isOrderedByBytes() {
    assertEquals(1, MemorySize.parse("1G").compareTo(MemorySize.parse("1023M")));
  }
}
