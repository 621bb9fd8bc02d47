package dev.diver.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Network.Forward;
import dev.diver.kernels.failure.DiverException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written of a machine's network. */
final class NetworkTest {

  private static Network parse(String kind, String... published) {
    return Network.parse(Optional.of(kind), List.of(published));
  }

  @Test
  void publishesOnTheLoopbackAloneUnlessToldOtherwise() {
    assertEquals(new Forward("127.0.0.1", 8080, 80, false), Forward.parse("8080:80"));
    assertEquals(new Forward("127.0.0.1", 53, 5353, true), Forward.parse("53:5353/udp"));
    assertEquals(new Forward("0.0.0.0", 1, 65535, false), Forward.parse("0.0.0.0:1:65535/tcp"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "80",
        "0:80",
        "80:65536",
        "80:80:80",
        "80:80/sctp",
        "256.0.0.1:80:80",
        "::1:80:80",
        "-1:80",
        "8080:80,hostfwd=tcp::1-:1",
        "99999999999:80"
      })
  void refusesWhatIsNoPort(String text) {
    DiverException failed = assertThrows(DiverException.class, () -> Forward.parse(text));
    assertTrue(failed.failure().what().contains("\"" + text + "\""), failed.getMessage());
  }

  @Test
  void aPublishedPortIsReasonEnoughForANetwork() {
    assertEquals(new Network.None(), Network.parse(Optional.empty(), List.of()));
    assertEquals(
        new Network.User(List.of(new Forward("127.0.0.1", 1, 2, false))),
        Network.parse(Optional.empty(), List.of("1:2")));
    assertEquals(new Network.User(List.of()), parse("user"));
    assertEquals(new Network.Tap("tap0"), parse("tap=tap0"));
  }

  @Test
  void refusesPortsWhereTheyLeadNowhere() {
    assertThrows(DiverException.class, () -> parse("none", "1:2"));
    assertThrows(DiverException.class, () -> parse("tap=tap0", "1:2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "tap", "tap=", "tap=a,b", "tap=../x", "tap=sixteencharacter", "bridge"})
  void refusesWhatIsNoNetwork(String kind) {
    assertThrows(DiverException.class, () -> parse(kind));
  }
}
