package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A kernel publisher's work: new, configure, build, test, package, publish, yank. */
class PublisherIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;

  @Test
  void aNewKernelIsBuiltTestedPublishedAndDivedByAnother() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Shell publisher = catalog.user(folder.resolve("publisher"));
      Expect.success(publisher.diver("kernel", "new", "minnow"));
      Shell kernel = publisher.in(publisher.folder().resolve("minnow"));
      for (String step : new String[] {"build", "test", "package"}) {
        Expect.success(kernel.diver("kernel", step));
      }
      Expect.success(kernel.diver("publish"));

      Shell user = catalog.user(folder.resolve("user"));
      assertTrue(Expect.success(user.diver("search", "minnow")).text().contains("minnow"));
      Expect.success(user.diver("pull", "minnow"));
      assertTrue(Expect.success(user.diver("images")).text().contains("minnow"));
      Shell.Result dive = user.diver("dive", "--kernel", "minnow", "--", "small", "fry");
      assertTrue(Expect.success(dive).text().contains("small fry"), dive::toString);
    }
  }

  @Test
  void aPublishedTagStaysWhatItIsUnlessItIsDeclaredMoving() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Shell publisher = catalog.user(folder.resolve("publisher"));
      Path kernel = KernelPackages.copyOfRemora(publisher, "remora");
      Expect.success(publisher.diver("publish", kernel.toString()));
      Expect.success(publisher.diver("publish", kernel.toString()));
      KernelPackages.editSpec(kernel, "(?m)^summary = .*", "summary = \"other\"");
      Expect.failure(publisher.diver("publish", kernel.toString()), "0.1.0", "version");
      Expect.success(publisher.diver("publish", kernel.toString(), "--tag", "latest"));
      Expect.success(publisher.diver("pull", "remora:latest"));
      Shell.Result images = Expect.success(publisher.diver("images"));
      assertTrue(images.text().matches("(?s).*remora:latest [^\n]* other\n.*"), images::toString);
    }
  }

  @Test
  void aYankedVersionVanishesFromSearchButPullsByDigest() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Shell publisher = catalog.user(folder.resolve("publisher"));
      Expect.success(
          publisher.diver("publish", KernelPackages.copyOfRemora(publisher, "remora").toString()));
      JsonNode info =
          JSON.readTree(Expect.success(publisher.diver("info", "remora", "--json")).text());
      String digest = info.at("/releases/0/digest").asString();
      Expect.success(publisher.diver("yank", "remora:0.1.0"));
      Expect.success(publisher.diver("yank", "remora:latest"));

      Shell user = catalog.user(folder.resolve("user"));
      assertFalse(Expect.success(user.diver("search", "remora")).text().contains("0.1.0"));
      Expect.failure(user.diver("pull", "remora:0.1.0"), "yanked");
      Expect.success(user.diver("pull", "remora@" + digest));
    }
  }

  @Test
  void aCatalogWithPasswordsLetsOnlyThoseWhoLoggedInPublish() throws IOException {
    Path users = folder.resolve("htpasswd");
    // htpasswd -nbB publisher secret
    Files.writeString(
        users, "publisher:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n");
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"), "--auth", users.toString())) {
      Shell publisher = catalog.user(folder.resolve("publisher"));
      String kernel = KernelPackages.copyOfRemora(publisher, "remora").toString();
      Expect.failure(publisher.diver("publish", kernel), "diver login");
      Expect.failure(login(publisher, "wrong"), "publisher");
      Expect.success(login(publisher, "secret"));
      Path secrets = publisher.home().resolve("auth.json");
      assertEquals("600", publisher.run("stat", "-c", "%a", secrets.toString()).text().strip());
      Expect.success(publisher.diver("publish", kernel));
      Expect.success(catalog.user(folder.resolve("reader")).diver("pull", "remora"));
      Expect.success(publisher.diver("logout"));
      Expect.failure(publisher.diver("yank", "remora:0.1.0"), "diver login");
    }
  }

  @Test
  void skopeoCarriesAKernelFromCatalogToCatalog() throws IOException {
    try (Catalog from = Catalog.serve(folder.resolve("from"));
        Catalog to = Catalog.serve(folder.resolve("to"))) {
      Shell publisher = from.user(folder.resolve("publisher"));
      Expect.success(
          publisher.diver("publish", KernelPackages.copyOfRemora(publisher, "remora").toString()));
      Expect.success(
          publisher.run(
              "skopeo",
              "copy",
              "--src-tls-verify=false",
              "--dest-tls-verify=false",
              "docker://" + from.authority() + "/remora:0.1.0",
              "docker://" + to.authority() + "/remora:0.1.0"));
      Shell user = to.user(folder.resolve("user"));
      Expect.success(user.diver("pull", "remora:0.1.0"));
      Shell.Result dive =
          user.diver("dive", "--kernel", "remora:0.1.0", "/bin/busybox", "--", "echo", "carried");
      assertEquals("carried\n", Expect.success(dive).text());
    }
  }

  @Test
  void whatWasPublishedSurvivesAKilledServer() throws IOException {
    Path data = folder.resolve("catalog");
    Catalog first = Catalog.serve(data);
    Shell publisher = first.user(folder.resolve("publisher"));
    Expect.success(
        publisher.diver("publish", KernelPackages.copyOfRemora(publisher, "remora").toString()));
    first.kill();
    try (Catalog second = Catalog.serve(data)) {
      Shell user = second.user(folder.resolve("user"));
      assertTrue(Expect.success(user.diver("search", "remora")).text().contains("remora"));
      Expect.success(user.diver("pull", "remora"));
    }
  }

  private static Shell.Result login(Shell publisher, String password) {
    return publisher.diverWithInput(
        (password + "\n").getBytes(StandardCharsets.UTF_8),
        "login",
        "--username",
        "publisher",
        "--password-stdin");
  }
}
