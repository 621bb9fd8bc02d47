package dev.diver.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShareTest {

  @TempDir Path folder;

  @Test
  void aFolderIsSharedWhereItIsUnlessAnotherPlaceIsNamed() throws IOException {
    Path real = folder.toRealPath();
    assertEquals(new Share(real, folder, false), Share.parse(folder.toString()));
    assertEquals(new Share(real, folder, true), Share.parse(folder + ":ro"));
    assertEquals(new Share(real, Path.of("/in"), false), Share.parse(folder + ":/in"));
    assertEquals(new Share(real, Path.of("/in"), true), Share.parse(folder + ":/in:ro"));
    assertEquals(new Share(real, Path.of("/in"), false), Share.parse(folder + ":/in:rw"));
  }

  @Test
  void aLinkIsSharedAsWhatItLeadsTo() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("/usr"));
    assertEquals(new Share(Path.of("/usr"), link, false), Share.parse(link.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "relative",
        "/usr:relative",
        "/usr:/a:/b",
        "/usr:/a/../b",
        "/usr/../etc",
        "/",
        "/:/x",
        "/usr:/",
        "/no/such/folder",
        "/etc/passwd",
        "/usr:/dev",
        "/usr:/proc/x",
        "/usr:/sys",
        "/usr:/a\0b",
        "/usr:/a:ro:ro"
      })
  void whatCannotBeSharedIsRefused(String text) {
    assertThrows(DiverException.class, () -> Share.parse(text));
  }

  @Test
  void twoAtOnePlaceAreRefused() {
    DiverException failed =
        assertThrows(
            DiverException.class, () -> Share.parse(List.of("/usr:/a:ro", folder + ":/a")));
    assertTrue(failed.failure().what().contains("/a"), failed.getMessage());
    assertEquals(2, Share.parse(List.of("/usr:/a:ro", folder + ":/a/bin")).size());
  }

  @Test
  void moreThanAMachineHasRoomForAreRefused() {
    List<String> texts = IntStream.range(0, 25).mapToObj(i -> "/usr:/a" + i).toList();
    DiverException failed = assertThrows(DiverException.class, () -> Share.parse(texts));
    assertTrue(failed.failure().what().startsWith("25 folders"), failed.getMessage());
    assertEquals(24, Share.parse(texts.subList(0, 24)).size());
  }

  @Test
  void oneInAnotherNeedsAFolderThere() throws IOException {
    String outer = folder + ":/a";
    DiverException failed =
        assertThrows(
            DiverException.class, () -> Share.parse(List.of("/usr:/a/made/usr:ro", outer)));
    assertTrue(
        failed.failure().what().contains(folder.toRealPath() + "/made/usr"), failed.getMessage());
    Files.createDirectories(folder.resolve("made/usr"));
    assertEquals(2, Share.parse(List.of("/usr:/a/made/usr:ro", outer)).size());
  }

  @Test
  void pathsAreFoundOnBothSides() {
    Delegation delegation =
        new Delegation(
            List.of(
                new Share(Path.of("/home/me"), Path.of("/srv"), false),
                new Share(Path.of("/home/me/data"), Path.of("/data"), true),
                new Share(Path.of("/usr"), Path.of("/usr"), true)),
            Path.of("/home/me/project"),
            List.of(),
            false,
            Optional.empty());
    assertEquals(Path.of("/srv/project"), delegation.guestDirectory());
    assertEquals(Optional.of(Path.of("/data/x")), delegation.inGuest(Path.of("/home/me/data/x")));
    assertEquals(Optional.empty(), delegation.inGuest(Path.of("/home/mean")));
    assertEquals(Optional.of(Path.of("/home/me/a")), delegation.onHost(Path.of("/srv/a")));
    assertEquals(
        Optional.of(Path.of("/usr/lib64/ld.so")), delegation.onHost(Path.of("/lib64/ld.so")));
    assertEquals(Optional.empty(), delegation.onHost(Path.of("/etc/passwd")));
  }
}
