package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountTest {

  @ParameterizedTest
  @CsvSource({
    "6.28us, 6280",
    "6.28µs, 6280",
    "6.28μs, 6280",
    "0ns, 0",
    "0.5ns, 0.5",
    "10s, 1e10",
    "1.5ms, 1500000",
    "1e3us, 1000000",
    "1e-3s, 1000000",
  })
  void readsTimes(String typed, double nanos) {
    assertEquals(nanos, Amount.nanos("--round-trip", typed));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "us",
        "-1us",
        "1 us",
        "1m",
        "1us2",
        "NaN",
        "Infinitys",
        "1e999s",
        ".5us",
        "1,5us"
      })
  void refusesWhatIsNoTime(String typed) {
    UsageException refused =
        assertThrows(UsageException.class, () -> Amount.nanos("--round-trip", typed));
    assertTrue(refused.failure().what().contains("\"" + typed + "\""), refused.failure().what());
    assertTrue(refused.failure().what().contains("--round-trip"), refused.failure().what());
  }

  @ParameterizedTest
  @CsvSource({"90%, 0.9", "0.9, 0.9", "0, 0", "1, 1", "100%, 1", "33.3%, 0.333", "0%, 0"})
  void readsShares(String typed, double share) {
    assertEquals(share, Amount.share("--share", typed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%", "101%", "1.1", "90", "-1%", "90 %", "half"})
  void refusesWhatIsNoShare(String typed) {
    assertThrows(UsageException.class, () -> Amount.share("--share", typed));
  }

  @ParameterizedTest
  @CsvSource({"1.04, 1.04", "2, 2", "1e1, 10", "1e-99, 1e-99"})
  void readsFactors(String typed, double factor) {
    assertEquals(factor, Amount.factor("--gain", typed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "0.0", "-1", "1x", "NaN"})
  void refusesWhatIsNoFactor(String typed) {
    assertThrows(UsageException.class, () -> Amount.factor("--gain", typed));
  }

  @ParameterizedTest
  @CsvSource({"1000/s, 1000", "1000, 1000", "5/ms, 5000", "2/us, 2e6", "0.5/s, 0.5"})
  void readsRates(String typed, double rate) {
    assertEquals(rate, Amount.perSecond("--rate", typed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0/s", "1000s", "1000/", "/s", "1000/min", "-5/s"})
  void refusesWhatIsNoRate(String typed) {
    assertThrows(UsageException.class, () -> Amount.perSecond("--rate", typed));
  }

  @Test
  void readsListsOfSystemCalls() {
    assertEquals(
        List.of("read", "write", "openat"),
        List.copyOf(Amount.syscalls("--forward", "read, write,openat,read")));
  }

  @Test
  void suggestsTheSystemCallThatWasMeant() {
    UsageException slip =
        assertThrows(UsageException.class, () -> Amount.syscalls("--forward", "read,wirte"));
    assertEquals(
        "\"wirte\", given for --forward, is not a system call of Linux.", slip.failure().what());
    assertEquals("Did you mean write?", slip.failure().remedy());
    assertThrows(UsageException.class, () -> Amount.syscalls("--forward", "read,"));
    assertThrows(UsageException.class, () -> Amount.syscalls("--forward", ""));
  }
}
