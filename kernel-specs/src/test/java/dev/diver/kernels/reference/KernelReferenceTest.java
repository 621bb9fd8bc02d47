package dev.diver.kernels.reference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelReferenceTest {

  private static final String HEX =
      "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

  @ParameterizedTest
  @CsvSource({
    "remora, '', remora, latest, remora:latest",
    "remora:1.0, '', remora, 1.0, remora:1.0",
    "hexsa/nautilus:infiniband, '', hexsa/nautilus, infiniband, hexsa/nautilus:infiniband",
    "localhost/remora, localhost, remora, latest, localhost/remora:latest",
    "localhost:7480/a/b:T_1, localhost:7480, a/b, T_1, localhost:7480/a/b:T_1",
    "example.org/remora, example.org, remora, latest, example.org/remora:latest",
    "[::1]:7480/a:1, [::1]:7480, a, 1, [::1]:7480/a:1",
    "a__b/c---d.e:1, '', a__b/c---d.e, 1, a__b/c---d.e:1"
  })
  void isReadAndWritten(String text, String registry, String name, String tag, String canonical) {
    KernelReference reference = KernelReference.parse(text);
    assertEquals(registry, reference.registry().orElse(""));
    assertEquals(name, reference.name());
    assertEquals(tag, reference.tagOrDigest());
    assertEquals(canonical, reference.toString());
    assertEquals(canonical, KernelReference.parse(canonical).toString());
  }

  @Test
  void aDigestExcludesATag() {
    KernelReference reference = KernelReference.parse("remora:1.0@sha256:" + HEX);
    assertEquals(Optional.empty(), reference.tag());
    assertEquals("remora@sha256:" + HEX, reference.toString());
    assertEquals("remora:2", reference.withTag("2").toString());
    assertEquals(reference, KernelReference.parse("remora").withDigest(new Digest(HEX)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "@",
        "/",
        "remora:",
        "Remora",
        "a//b",
        "/a",
        "a/",
        "a:b:c",
        "a b",
        "../a",
        "a@b",
        "a@sha256:12",
        "-a",
        "a-",
        "a/.b",
        "example.org/",
        "a:\u001b",
        "a:.x",
        "remora\n",
        "a:x/b",
        "-h.org/a",
        "h.org:/a",
        "h_.o/a",
        "a.b c/d"
      })
  void anythingElseIsInvalid(String text) {
    var e = assertThrows(DiverException.class, () -> KernelReference.parse(text));
    assertEquals(Kind.INVALID, e.failure().kind());
  }

  @Test
  void namesAndTagsHaveLengthsAtMost() {
    assertEquals("a".repeat(255), KernelReference.parse("a".repeat(255)).name());
    assertThrows(DiverException.class, () -> KernelReference.parse("a".repeat(256)));
    assertEquals("t".repeat(128), KernelReference.parse("a:" + "t".repeat(128)).tagOrDigest());
    assertThrows(DiverException.class, () -> KernelReference.parse("a:" + "t".repeat(129)));
  }

  /** The hash of "foo", as sha256sum prints it. */
  @Test
  void aDigestIsThatOfTheContent() {
    assertEquals("sha256:" + HEX, Digest.of("foo".getBytes(UTF_8)).toString());
    assertEquals(new Digest(HEX), Digest.parse("sha256:" + HEX));
    assertEquals("blobs/sha256/" + HEX, new Digest(HEX).blobPath().toString());
    assertEquals("2c26b46b68ff", new Digest(HEX).shortHex());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sha256:", "sha512:" + HEX, HEX, "sha256:../" + HEX})
  void anotherDigestIsInvalid(String text) {
    assertThrows(DiverException.class, () -> Digest.parse(text));
    assertThrows(DiverException.class, () -> Digest.parse(text.toUpperCase(java.util.Locale.ROOT)));
  }
}
