package dev.diver.deploy.delegation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfile.Machine;
import dev.diver.deploy.delegation.DelegationProfile.Payload;
import dev.diver.deploy.delegation.DelegationProfile.Point;
import dev.diver.kernels.failure.DiverException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class CalibrationTest {

  private static final Machine MACHINE =
      new Machine("p", 2, "tcg", "7.2.22", new Kernel("remora", "sha256:12"), Optional.empty());

  /** At 1 GHz a tick is a nanosecond; the clock's own cost is 0. */
  private static final String HEAD =
      """
      {"program":"calibrate","version":1,"trials":3,"tsc_hz":1000000000}
      {"series":"empty","bytes":0,"ticks":[0,0,1]}
      """;

  /**
   * getpid: 600, 700, 900 forwarded and 100, 150, 200 on Linux: least 500, median 550, and place
   * 1.98 of three is 700 + 0.98·200 = 896, less 150. Writing takes 1000, 2500, 4000 at 0, 10, 20
   * bytes, and 900, 1900, 2900 on Linux: the rest is 100 + 50·bytes.
   */
  @Test
  void takesTheServiceFromTheWhole() {
    Timings forwarded =
        timings(
            series("getpid", 0, "600,700,900")
                + payloads("write", 1000, 2500, 4000)
                + payloads("read", 10, 10, 10));
    Timings local = timings(series("getpid", 0, "50,60,70"));
    Timings serving =
        timings(
            series("getpid", 0, "100,150,200")
                + payloads("write", 900, 1900, 2900)
                + payloads("read", 10, 10, 10)
                + series("ping_pong", 0, "120,130,999"));
    DelegationProfile profile =
        Calibration.profile("full-vm", MACHINE, forwarded, local, serving, Instant.EPOCH);
    CallCost getpid = profile.calls().getFirst();
    assertEquals(1, profile.calls().size());
    assertEquals(3, getpid.trials());
    assertEquals(500, getpid.roundTrip().minimum());
    assertEquals(550, getpid.roundTrip().median());
    assertEquals(746, getpid.roundTrip().p99(), 1e-9);
    assertEquals(150, getpid.service());
    assertEquals(700, getpid.total());
    assertEquals(OptionalDouble.of(60), getpid.local());
    assertEquals(
        new Payload(
            "write",
            new Line(50, 100),
            List.of(new Point(0, 1000, 900), new Point(10, 2500, 1900), new Point(20, 4000, 2900))),
        profile.payloads().getFirst());
    assertEquals(new Line(0, 0), profile.payloads().getLast().roundTrip());
    assertEquals(OptionalDouble.of(130), profile.pingPong());
  }

  @Test
  void refusesWhatOneRunLeftOut() {
    Timings forwarded = timings(series("getpid", 0, "600") + series("uname", 0, "700"));
    Timings serving = timings(series("getpid", 0, "100"));
    assertThrows(
        DiverException.class,
        () ->
            Calibration.profile(
                "full-vm", MACHINE, forwarded, timings(""), serving, Instant.EPOCH));
  }

  private static String payloads(String call, int... nanos) {
    return series("payload_" + call, 0, "" + nanos[0])
        + series("payload_" + call, 10, "" + nanos[1])
        + series("payload_" + call, 20, "" + nanos[2]);
  }

  private static String series(String name, int bytes, String ticks) {
    return String.format("{\"series\":\"%s\",\"bytes\":%d,\"ticks\":[%s]}\n", name, bytes, ticks);
  }

  private static Timings timings(String series) {
    String output = HEAD + series + "{\"end\":true}\n";
    return Timings.parse(output.getBytes(StandardCharsets.UTF_8), "here");
  }
}
