package dev.diver.kernels.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.reference.Digest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {

  private static final Digest DIGEST = Digest.of(new byte[] {1});
  private static final Descriptor CONFIG = Descriptor.of(MediaTypes.KERNEL_CONFIG, DIGEST, 10);
  private static final Descriptor IMAGE =
      Descriptor.of(MediaTypes.KERNEL_IMAGE, DIGEST, 20).titled("k.elf");

  private static Manifest manifest(Map<String, String> annotations) {
    return new Manifest(
        Optional.of(MediaTypes.KERNEL), CONFIG, List.of(IMAGE), Optional.of(CONFIG), annotations);
  }

  @Test
  void theFormIsThatOfTheSpecification() {
    String digest = DIGEST.toString();
    assertEquals(
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "artifactType":"application/vnd.diver.kernel.v1",\
        "config":{"mediaType":"application/vnd.diver.kernel.config.v1+json","digest":"DIGEST",\
        "size":10},\
        "layers":[{"mediaType":"application/vnd.diver.kernel.image.v1","digest":"DIGEST",\
        "size":20,"annotations":{"org.opencontainers.image.title":"k.elf"}}],\
        "subject":{"mediaType":"application/vnd.diver.kernel.config.v1+json","digest":"DIGEST",\
        "size":10},\
        "annotations":{"a":"1","b":"2"}}\
        """
            .replace("DIGEST", digest),
        new String(manifest(Map.of("b", "2", "a", "1")).write(), UTF_8));
  }

  @Test
  void whatIsWrittenIsReadAndTheOrderOfAnnotationsDoesNotMatter() {
    Map<String, String> backwards = new LinkedHashMap<>();
    for (String key : List.of("z", "y", "ü", "a")) {
      backwards.put(key, "\"\u001b\n");
    }
    Manifest manifest = manifest(backwards);
    assertEquals(manifest, Manifest.read(manifest.write()));
    assertEquals(
        new String(manifest(Map.copyOf(backwards)).write(), UTF_8),
        new String(manifest.write(), UTF_8));
    assertEquals(List.of(CONFIG, IMAGE), manifest.blobs());
    assertEquals(Optional.of(IMAGE), manifest.layer(MediaTypes.KERNEL_IMAGE));
    assertEquals(Optional.empty(), manifest.layer(MediaTypes.KERNEL_SDK));
  }

  @Test
  void anIndexIsReadAsItWasWritten() {
    Descriptor listed =
        new Descriptor(
            MediaTypes.MANIFEST,
            DIGEST,
            5,
            Map.of(Descriptor.REF_NAME, "a:1"),
            Optional.of(MediaTypes.KERNEL));
    Index index = new Index(Optional.empty(), List.of(listed), Map.of("k", "v"));
    assertEquals(index, Index.read(index.write()));
    assertEquals(Index.EMPTY, Index.read(Index.EMPTY.write()));
  }

  @Test
  void unknownFieldsArePassedOver() {
    String json = new String(manifest(Map.of()).write(), UTF_8);
    String more =
        json.replace("\"size\":10", "\"size\":10,\"urls\":[\"x\"],\"platform\":{\"os\":{}}")
            .replaceFirst("\\{", "{\"new\":[{\"deep\":[1,null]}],");
    assertEquals(manifest(Map.of()), Manifest.read(more.getBytes(UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "schemaVersion":2 | "schemaVersion":1        | schemaVersion
          "size":10         | "size":-1                | lacks mediaType, digest or size
          "size":10         | "size":1e3               | "size" has the wrong type
          "size":10         | "size":"10"              | "size" has the wrong type
          "size":10         | "size":99999999999999999999 | cannot be read
          "size":10         | "size":10,"size":11      | uplicate
          "config":{        | "confit":{               | config is missing
          "layers":[        | "leyers":[               | layers is missing
          sha256:           | md5:                     | is not a digest
          "layers":[        | "layers":[7,             | wrong type
          "k.elf"           | null                     | wrong type
          }]                | }                        | cannot be read
          """)
  void aWrongManifestIsInvalid(String good, String bad, String what) {
    String json = new String(manifest(Map.of()).write(), UTF_8);
    assertTrue(json.contains(good), json);
    var failure =
        assertThrows(
                DiverException.class, () -> Manifest.read(json.replace(good, bad).getBytes(UTF_8)))
            .failure();
    assertEquals(Kind.INVALID, failure.kind());
    assertTrue(failure.what().contains(what), failure.what());
  }

  @Test
  void damagedHugeOrDeepJsonIsInvalidAndNothingElse() {
    Random random = new Random(9);
    byte[] json = manifest(Map.of("a", "b")).write();
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] damaged = json.clone();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        Manifest.read(damaged);
      } catch (DiverException e) {
        assertEquals(Kind.INVALID, e.failure().kind());
        refused++;
      }
    }
    assertTrue(refused > 1000, "only " + refused + " were refused");
    for (byte[] hostile :
        List.of(
            new byte[Manifest.MAX_SIZE + 1],
            ("{\"a\":" + "[".repeat(1_000_000)).getBytes(UTF_8),
            (new String(json, UTF_8) + "{}").getBytes(UTF_8),
            new byte[0])) {
      var e = assertThrows(DiverException.class, () -> Manifest.read(hostile));
      assertEquals(Kind.INVALID, e.failure().kind());
    }
  }

  @Test
  void aDescriptorOfAManifestHasItsTypeDigestAndSize() {
    byte[] json = manifest(Map.of()).write();
    Descriptor described = Manifest.describe(json);
    assertEquals(Digest.of(json), described.digest());
    assertEquals(json.length, described.size());
    assertEquals(Optional.of(MediaTypes.KERNEL), described.artifactType());
  }
}
