package dev.diver.deploy.delegation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * What somebody else's system needs to forward a call, as published.
 *
 * @param system its name
 * @param call as in {@link DelegationProfile.CallCost}
 * @param nanos round trip
 * @param source where it was published, and what was measured
 */
public record PublishedRoundTrip(String system, String call, double nanos, String source) {

  /** All that are known, system by system. */
  public static List<PublishedRoundTrip> all() {
    try (InputStream in = PublishedRoundTrip.class.getResourceAsStream("published.csv");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8))) {
      return lines.lines().skip(1).map(PublishedRoundTrip::of).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last field alone is quoted. */
  private static PublishedRoundTrip of(String line) {
    String[] fields = line.split(",", 4);
    return new PublishedRoundTrip(
        fields[0],
        fields[1],
        Double.parseDouble(fields[2]) * 1000,
        fields[3].substring(1, fields[3].length() - 1));
  }
}
