package dev.diver.catalog;

import static dev.diver.catalog.TestCatalog.bytes;
import static dev.diver.catalog.TestCatalog.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's skopeo, as it is, pushes, looks and pulls. */
final class SkopeoTest {

  private static final byte[] IMAGE = random(5_000_000, 3);

  @TempDir Path folder;
  private Digest manifest;

  @BeforeEach
  void layOutAKernel() throws IOException {
    Path layout = folder.resolve("layout");
    Files.createDirectories(layout.resolve("blobs/sha256"));
    byte[] spec = TestCatalog.Kernel.of("remora", "0.1.0").spec();
    manifest =
        blob(
            bytes(
                """
                {"schemaVersion":2,"mediaType":"%s","artifactType":"%s",
                 "config":{"mediaType":"%s","digest":"%s","size":%d},
                 "layers":[{"mediaType":"%s","digest":"%s","size":%d}]}
                """
                    .formatted(
                        MediaTypes.MANIFEST,
                        MediaTypes.KERNEL,
                        MediaTypes.KERNEL_CONFIG,
                        blob(spec),
                        spec.length,
                        MediaTypes.KERNEL_IMAGE,
                        blob(IMAGE),
                        IMAGE.length)));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(
        layout.resolve("index.json"),
        """
        {"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"%s","size":%d,
         "annotations":{"org.opencontainers.image.ref.name":"0.1.0"}}]}
        """
            .formatted(
                MediaTypes.MANIFEST,
                manifest,
                Files.size(layout.resolve("blobs/sha256/" + manifest.hex()))));
  }

  private Digest blob(byte[] content) throws IOException {
    Digest digest = Digest.of(content);
    Files.write(folder.resolve("layout/blobs/sha256/" + digest.hex()), content);
    return digest;
  }

  private record Result(int status, String output) {}

  private Result skopeo(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("skopeo"));
    command.addAll(List.of(arguments));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IllegalStateException("skopeo is missing: apt-get install skopeo", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private void succeeds(String... arguments) throws Exception {
    Result result = skopeo(arguments);
    assertEquals(0, result.status(), result.output());
  }

  @Test
  void pushesAndPulls() throws Exception {
    try (TestCatalog catalog = new TestCatalog(folder.resolve("data"))) {
      String remora = "docker://127.0.0.1:" + catalog.port() + "/team/remora:0.1.0";
      String mirror = remora.replace("team/", "mirror/");
      succeeds("copy", "--dest-tls-verify=false", "oci:" + folder + "/layout:0.1.0", remora);
      assertEquals(1, catalog.json("/api/v1/kernels?q=remora").path("total").asInt());
      Result tags = skopeo("list-tags", "--tls-verify=false", remora.replace(":0.1.0", ""));
      assertTrue(tags.output().contains("\"0.1.0\""), tags.output());
      succeeds("copy", "--src-tls-verify=false", "--dest-tls-verify=false", remora, mirror);
      succeeds("copy", "--src-tls-verify=false", mirror, "oci:" + folder + "/pulled:x");
      assertArrayEquals(
          IMAGE,
          Files.readAllBytes(folder.resolve("pulled/blobs/sha256/" + Digest.of(IMAGE).hex())));
      assertTrue(Files.exists(folder.resolve("pulled/blobs/sha256/" + manifest.hex())));
      succeeds("delete", "--tls-verify=false", mirror);
      assertEquals(404, catalog.get("/v2/mirror/remora/manifests/0.1.0").statusCode());
    }
  }

  @Test
  void logsIn() throws Exception {
    String hash = BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, "open".toCharArray());
    Path passwords = Files.writeString(folder.resolve("htpasswd"), "ann:" + hash);
    try (TestCatalog catalog =
        new TestCatalog(folder.resolve("data"), options -> options.withHtpasswd(passwords))) {
      String remora = "docker://127.0.0.1:" + catalog.port() + "/remora:0.1.0";
      String layout = "oci:" + folder + "/layout:0.1.0";
      Result anonymous = skopeo("copy", "--dest-tls-verify=false", layout, remora);
      assertTrue(anonymous.status() != 0, "pushing needs a user");
      assertTrue(anonymous.output().contains("needs a user"), anonymous.output());
      String[] push = {"copy", "--dest-tls-verify=false", "--dest-creds", "", layout, remora};
      push[3] = "ann:shut";
      assertTrue(skopeo(push).status() != 0, "a wrong password");
      push[3] = "ann:open";
      succeeds(push);
      succeeds("copy", "--src-tls-verify=false", remora, "oci:" + folder + "/pulled:x");
    }
  }
}
