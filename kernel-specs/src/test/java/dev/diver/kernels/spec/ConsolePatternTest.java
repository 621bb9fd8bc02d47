package dev.diver.kernels.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConsolePatternTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exitcode=0x([0-9a-f]{8})",
        "(?i)panic()",
        "(?m)^\\[[^\\]]*\\]\\[PANIC\\]|\\[!!!(PANIC)!!!\\]",
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
      })
  void takesWhatIsUsual(String pattern) {
    assertEquals(Optional.empty(), ConsolePattern.problem(pattern, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "(a)(?=b)",
        "(a)\\1",
        "((a{1000}){1000}){1000}",
        "(a{1,1000}b)",
        "status=.*",
        "((((a{10}){10}){10}){10}){10}",
        "(.{9999999999})",
      })
  void refusesWhatCannotBeLookedForInBoundedTime(String pattern) {
    assertTrue(ConsolePattern.problem(pattern, 1).isPresent());
  }

  @Test
  void refusesWhatIsLong() {
    assertTrue(ConsolePattern.problem("a".repeat(201), 0).isPresent());
  }
}
