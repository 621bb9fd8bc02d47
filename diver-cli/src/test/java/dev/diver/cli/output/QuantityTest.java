package dev.diver.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {

  @Test
  void writesSizes() {
    assertEquals("0 B", Quantity.bytes(0));
    assertEquals("1023 B", Quantity.bytes(1023));
    assertEquals("1.0 KiB", Quantity.bytes(1024));
    assertEquals("1.5 MiB", Quantity.bytes(3 << 19));
    assertEquals("10 KiB", Quantity.bytes(10_239));
    assertEquals("64 MiB", Quantity.bytes(64 << 20));
    assertEquals("8388608 TiB", Quantity.bytes(Long.MAX_VALUE));
  }

  @Test
  void writesAges() {
    Instant now = Instant.parse("2026-06-01T12:00:00Z");
    assertEquals("just now", Quantity.ago(now.plusSeconds(5), now));
    assertEquals("1 minute ago", Quantity.ago(now.minusSeconds(119), now));
    assertEquals("23 hours ago", Quantity.ago(now.minus(Duration.ofHours(23)), now));
    assertEquals("1 month ago", Quantity.ago(now.minus(Duration.ofDays(59)), now));
    assertEquals("2 years ago", Quantity.ago(now.minus(Duration.ofDays(800)), now));
  }

  @Test
  void writesTimes() {
    assertEquals("850 µs", Quantity.time(Duration.ofNanos(850_999)));
    assertEquals("35.2 ms", Quantity.time(Duration.ofNanos(35_200_000)));
    assertEquals("1.23 s", Quantity.time(Duration.ofMillis(1230)));
  }

  @ParameterizedTest
  @CsvSource({
    "0,0 ns",
    "0.5,0.50 ns",
    "560,560 ns",
    "999.4,999 ns",
    "999.6,1.00 µs",
    "6280,6.28 µs",
    "12345,12.3 µs",
    "510000,510 µs",
    "1e9,1 s",
    "1.23e10,12.3 s",
    "1.2e13,'12,000 s'",
    "-10000,-10 µs",
  })
  void timesHaveThreeDigits(double nanos, String text) {
    assertEquals(text, Quantity.nanos(nanos));
  }

  @ParameterizedTest
  @CsvSource({"0,0 %", "1,100 %", "0.0374,3.74 %", "0.9,90 %", "6.7e-7,6.7e-05 %", "0.99999,100 %"})
  void percentages(double part, String text) {
    assertEquals(text, Quantity.percent(part));
  }
}
