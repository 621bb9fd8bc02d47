package dev.diver.deploy.delegation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfile.Machine;
import dev.diver.deploy.delegation.DelegationProfile.Payload;
import dev.diver.deploy.delegation.DelegationProfile.Point;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelegationProfilesTest {

  private static final DelegationProfile PROFILE =
      new DelegationProfile(
          "partitioned-vm",
          Instant.parse("2026-01-02T03:04:05Z"),
          new Machine(
              "A \"fast\" one",
              2,
              "tcg",
              "7.2.22",
              new Kernel("remora:0.1.0", "sha256:12"),
              Optional.of(new Kernel("linux", "sha256:34"))),
          List.of(
              new CallCost(
                  "getpid",
                  1000,
                  new Spread(530, 560.25, 810),
                  104,
                  664.25,
                  OptionalDouble.of(53.4)),
              new CallCost(
                  "fstat", 1000, new Spread(600, 700, 900), 300, 1000, OptionalDouble.empty())),
          List.of(
              new Payload(
                  "write",
                  new Line(1.5e-4, 612),
                  List.of(new Point(0, 900, 290), new Point(1 << 20, 90_000, 89_000)))),
          OptionalDouble.of(130));

  @TempDir Path folder;

  private DelegationProfiles profiles;

  @BeforeEach
  void inAFolderThatIsNotThere() {
    profiles = new DelegationProfiles(folder.resolve("home/profiles"));
  }

  @Test
  void whatWasStoredIsFound() {
    profiles.store(PROFILE);
    assertEquals(Optional.of(PROFILE), profiles.find("partitioned-vm"));
    assertEquals(List.of(PROFILE), profiles.all());
  }

  @Test
  void whatWasNotMeasuredIsNotFound() {
    assertEquals(Optional.empty(), profiles.find("full-vm"));
    assertEquals(List.of(), profiles.all());
  }

  @Test
  void aLaterOneTakesThePlaceAndLeavesNothingElse() throws IOException {
    profiles.store(PROFILE);
    profiles.store(PROFILE);
    try (Stream<Path> files = Files.list(profiles.folder())) {
      assertEquals(List.of(profiles.file("partitioned-vm")), files.toList());
    }
  }

  @Test
  void theRoundTripIsTheMedianForGetpid() {
    assertEquals(560.25, PROFILE.roundTripNanos());
    assertEquals(700, PROFILE.call("fstat").orElseThrow().roundTrip().median());
    assertEquals(Optional.empty(), PROFILE.call("read"));
  }

  /** Each change of what was stored is refused, and the field named. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\":\"diver-delegation-profile\"|\"format\":\"x\"|format",
        "\"version\":1|\"version\":2|version",
        "\"version\":1|\"version\":\"1\"|version",
        "\"mode\":\"partitioned-vm\"|\"mode\":\"full-vm\"|mode",
        "\"mode\":\"partitioned-vm\"|\"mode\":7|mode",
        "2026-01-02T03:04:05Z|yesterday|when",
        "\"processors\":2|\"processors\":0|processors",
        "\"accelerator\":\"tcg\"|\"accelerator\":\"\\u001b[2J\"|accelerator",
        "\"reference\":\"linux\"|\"reference\":null|reference",
        "\"name\":\"getpid\"|\"name\":\"getppid\"|calls",
        "\"trials\":1000|\"trials\":-1|trials",
        "\"trials\":1000|\"trials\":4294967297000|trials",
        "\"median_ns\":560.25|\"median_ns\":-1|median_ns",
        "\"median_ns\":560.25|\"median_ns\":1e999|median_ns",
        "\"median_ns\":560.25|\"median_ns\":\"NaN\"|median_ns",
        "\"service_ns\":104.0|\"service\":104.0|service_ns",
        "\"local_ns\":53.4|\"local_ns\":{}|local_ns",
        "\"slope_ns_per_byte\":1.5E-4|\"slope_ns_per_byte\":[]|slope_ns_per_byte",
        "\"points\":[|\"points\":[5,|points",
        "\"ping_pong_ns\":130.0|\"ping_pong_ns\":-130.0|ping_pong_ns",
        "{\"format\"|[{\"format\"|it is no JSON object",
      })
  void refusesADamagedFile(String was, String is, String field) throws IOException {
    profiles.store(PROFILE);
    Path file = profiles.file("partitioned-vm");
    String text = Files.readString(file);
    assertTrue(text.contains(was), () -> was + " is not in " + text);
    Files.writeString(file, text.replaceFirst(java.util.regex.Pattern.quote(was), quoted(is)));
    refuses("(" + field + ")");
  }

  @Test
  void refusesACutOffAnEmptyAndAnEndlessFile() throws IOException {
    profiles.store(PROFILE);
    Path file = profiles.file("partitioned-vm");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      refuses("(it is no JSON object)");
    }
    Files.writeString(file, "{\"a\":" + "[".repeat(100_000));
    refuses("(it is no JSON object)");
    Files.write(file, " ".repeat(2 << 20).getBytes(StandardCharsets.US_ASCII));
    refuses("(it is no JSON object)");
  }

  @Test
  void publishedRoundTripsAreThere() {
    List<PublishedRoundTrip> all = PublishedRoundTrip.all();
    assertEquals(9, all.size());
    PublishedRoundTrip first = all.getFirst();
    assertEquals("McKernel write_to_file 6280.0", words(first));
    assertEquals("Tauro, Liu and Hale, table 3 (minimum of 1000)", first.source());
    assertEquals("HobbesIO getpid 3920.0", words(all.getLast()));
  }

  private static String words(PublishedRoundTrip one) {
    return one.system() + " " + one.call() + " " + one.nanos();
  }

  private void refuses(String why) {
    DiverException refused =
        assertThrows(DiverException.class, () -> profiles.find("partitioned-vm"));
    assertEquals(Failure.Kind.CORRUPT, refused.failure().kind());
    assertTrue(refused.failure().what().contains(why), refused.failure().what());
    assertEquals(
        "Measure it anew: diver calibrate --mode partitioned-vm.", refused.failure().remedy());
  }

  private static String quoted(String replacement) {
    return java.util.regex.Matcher.quoteReplacement(replacement);
  }
}
