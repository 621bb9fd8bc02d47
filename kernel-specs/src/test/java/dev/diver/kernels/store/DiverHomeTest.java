package dev.diver.kernels.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiverHomeTest {

  @Test
  void theMostParticularVariableWins() {
    Map<String, String> all =
        Map.of("DIVER_HOME", "/own", "XDG_DATA_HOME", "/data", "HOME", "/home/me");
    assertEquals(Path.of("/own"), DiverHome.locate(all).root());
    assertEquals(
        Path.of("/data/diver"),
        DiverHome.locate(Map.of("XDG_DATA_HOME", "/data", "HOME", "/home/me")).root());
    assertEquals(
        Path.of("/home/me/.local/share/diver"),
        DiverHome.locate(Map.of("DIVER_HOME", "", "HOME", "/home/me")).root());
    assertThrows(DiverException.class, () -> DiverHome.locate(Map.of()));
  }

  /** The XDG specification: "paths must be absolute", others are to be ignored. */
  @Test
  void aRelativeXdgPathIsIgnored() {
    assertEquals(
        Path.of("/home/me/.local/share/diver"),
        DiverHome.locate(Map.of("XDG_DATA_HOME", "data", "HOME", "/home/me")).root());
  }

  @Test
  void everythingIsBelowIt() {
    DiverHome home = new DiverHome(Path.of("/own"));
    assertEquals(Path.of("/own/store"), home.store());
    assertEquals(Path.of("/own/runs"), home.runs());
    assertEquals(Path.of("/own/cache"), home.cache());
    assertEquals(Path.of("/own/config.toml"), home.config());
    assertEquals(Path.of("/own/auth.json"), home.auth());
  }
}
