package dev.diver.kernels.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {

  @Test
  void aNumberIsHowMany() {
    assertEquals(new CpuList(2, List.of()), CpuList.parse("2"));
    assertEquals("2", CpuList.parse("2").toString());
  }

  @Test
  void aListIsWhich() {
    assertEquals(new CpuList(2, List.of(2, 3)), CpuList.parse("2-3"));
    assertEquals(new CpuList(4, List.of(1, 2, 3, 5)), CpuList.parse("5,1-3"));
    assertEquals(new CpuList(1, List.of(4)), CpuList.parse("4-4"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "64", "2-3", "1-3,5", "4-4", "0,2,4", "0-1,7-9"})
  void whatIsWrittenIsReadAgain(String text) {
    assertEquals(text, CpuList.parse(text).toString());
    assertEquals(CpuList.parse(text), CpuList.parse(CpuList.parse(text).toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "-1", "2-1", "1,1", "1-3,2", "a", "1,", ",1", "1--2", "99999", "1-9999"})
  void nonsenseIsNamed(String text) {
    DiverException failed = assertThrows(DiverException.class, () -> CpuList.parse(text));
    assertTrue(failed.failure().what().contains("\"" + text + "\""), failed.getMessage());
  }
}
