package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import dev.diver.deploy.delegation.DelegationProfile;
import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfile.Machine;
import dev.diver.deploy.delegation.DelegationProfiles;
import dev.diver.deploy.delegation.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrateTest {

  @TempDir Path folder;

  @Test
  void showsWhatWasMeasuredNextToWhatIsPublished() {
    profiles().store(profile("full-vm"));
    Result shown = new Typed(folder).run("calibrate", "--show");
    assertEquals(0, shown.status(), shown.err());
    assertEquals("", shown.err());
    List<String> lines = shown.out().lines().map(line -> line.replaceAll(" +", " ")).toList();
    assertEquals("full-vm: one round trip (2·f_c) is 0.56 µs", lines.getFirst());
    assertTrue(
        lines.contains("CALL TRIALS MINIMUM MEDIAN P99 SERVICE LOCAL McKernel mOS HobbesIO"),
        shown.out());
    assertTrue(lines.contains("getpid 1000 0.53 0.56 0.81 0.10 0.05 - - 3.92"), shown.out());
    assertTrue(lines.contains("fstat 1000 0.60 0.70 0.90 0.30 - 7.05 7.06 -"), shown.out());
  }

  @Test
  void showsProgramsTheSameAsJson() throws IOException {
    profiles().store(profile("full-vm"));
    Result shown = new Typed(folder).run("calibrate", "--show", "--mode", "full-vm", "--json");
    assertEquals(0, shown.status(), shown.err());
    String stored = Files.readString(profiles().file("full-vm"));
    assertEquals("[" + stored + "]", compact(shown.out()));
  }

  /** Without the blanks between words; the profile has none within them that matter here. */
  private static String compact(String json) {
    return json.replaceAll("\\s", "").replace("Aprocessor", "A processor");
  }

  @Test
  void saysThatNothingWasMeasured() {
    Result all = new Typed(folder).run("calibrate", "--show");
    assertEquals(0, all.status());
    assertEquals("Nothing has been measured yet. Measure with: diver calibrate\n", all.err());
    assertEquals("[]", compact(new Typed(folder).run("calibrate", "--show", "--json").out()));
    Result one = new Typed(folder).run("calibrate", "--show", "--mode", "full-vm");
    assertEquals(125, one.status());
    assertEquals(
        """
        error: The mode full-vm has not been measured on this machine.
        help: Measure it: diver calibrate --mode full-vm.
        """,
        one.err());
  }

  @Test
  void namesTheModesThatThereAre() {
    Result unknown = new Typed(folder).run("calibrate", "--show", "--mode", "../../etc");
    assertEquals(125, unknown.status());
    assertTrue(unknown.err().contains("full-vm"), unknown.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "999", "100001", "-5", "many"})
  void refusesANumberOfTrialsThatMeansNothing(String trials) {
    Result refused = new Typed(folder).run("calibrate", "--trials", trials);
    assertEquals(2, refused.status(), refused.err());
    assertTrue(refused.err().contains(trials), refused.err());
    assertFalse(refused.err().contains("\tat "), refused.err());
  }

  @Test
  void aDamagedProfileIsNamed() throws IOException {
    Files.createDirectories(profiles().folder());
    Files.writeString(profiles().file("full-vm"), "{}");
    Result shown = new Typed(folder).run("calibrate", "--show");
    assertEquals(125, shown.status());
    assertTrue(shown.err().contains(profiles().file("full-vm").toString()), shown.err());
    assertTrue(shown.err().contains("diver calibrate --mode full-vm"), shown.err());
  }

  private DelegationProfiles profiles() {
    return new DelegationProfiles(folder.resolve("home/profiles"));
  }

  /** Stores the profile of a mode whose round trip is 560 ns, for a user in this folder. */
  static void storeProfile(Path folder, String mode) {
    new DelegationProfiles(folder.resolve("home/profiles")).store(profile(mode));
  }

  private static DelegationProfile profile(String mode) {
    Machine machine =
        new Machine(
            "A processor", 2, "tcg", "7.2", new Kernel("remora", "sha256:12"), Optional.empty());
    return new DelegationProfile(
        mode,
        Instant.parse("2026-01-02T03:04:05Z"),
        machine,
        List.of(
            new CallCost(
                "getpid", 1000, new Spread(530, 560, 810), 104, 664, OptionalDouble.of(53)),
            new CallCost(
                "fstat", 1000, new Spread(600, 700, 900), 300, 1000, OptionalDouble.empty())),
        List.of(),
        OptionalDouble.of(130));
  }
}
