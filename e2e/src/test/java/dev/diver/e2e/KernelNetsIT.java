package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kernels that bring their own way to make a net (e2e/nets): the app as an initial ramdisk, as a
 * multiboot module, on a disk, linked into the kernel. From the publisher's folder over a catalog
 * to a user who has nothing but the kernel's name.
 */
class KernelNetsIT {

  private static final Path KERNELS = Shell.ROOT.resolve("e2e/nets");

  @TempDir private Path folder;

  /** The publisher's folder, which the publisher's scripts write to. */
  private Path sources() throws IOException {
    Path copy = folder.resolve("kernels");
    Expect.success(
        new Shell(folder, Map.of()).run("cp", "-r", KERNELS.toString(), copy.toString()));
    return copy;
  }

  private void publish(String kernel, Catalog catalog) throws IOException {
    Shell publisher = catalog.user(folder.resolve("publisher"));
    String spec = sources().resolve(kernel + ".toml").toString();
    Expect.success(publisher.diver("kernel", "build", spec));
    Expect.success(publisher.diver("publish", spec));
  }

  private static Shell make(Shell user, String net, String kernel, String template) {
    Expect.success(user.diver("new", net, "--kernel", "tiny-" + kernel, "--template", template));
    return user.in(user.folder().resolve(net));
  }

  @ParameterizedTest
  @ValueSource(strings = {"initrd", "module", "disk", "linked"})
  void aNetIsMadeBuiltTestedAndDivedByTheKernelsOwnScripts(String kernel) throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      publish(kernel, catalog);
      Shell user = catalog.user(folder.resolve("user"));

      Shell.Result list = user.diver("new", "--list", "--kernel", "tiny-" + kernel);
      assertTrue(Expect.success(list).text().contains("greet      an app that"), list::toString);
      Shell greet = make(user, "greet", kernel, "greet");
      Expect.success(greet.diver("build"));
      Shell.Result dive = Expect.success(greet.diver("dive", "--", "one", "two"));
      assertEquals("Hello from greet: one two\n", dive.text(), dive::toString);
      Shell.Result test = Expect.success(greet.diver("test"));
      assertTrue(test.text().contains("greet ends with status 0"), test::toString);

      Shell exit = make(user, "leave", kernel, "exit");
      assertEquals("leave ends\n", Expect.status(7, exit.diver("dive", "--", "7")).text());
      Expect.nothingLeft(user);
      Shell.Result script = exit.sh("diver dive --dry-run -- 0 | sh");
      assertEquals("leave ends\n", script.text(), script::toString);
    }
  }

  @Test
  void aBuildScriptReadsTheProjectAndWritesBelowBuildAlone() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Path spec = sources().resolve("initrd.toml");
      Path secret = Files.writeString(folder.resolve("secret"), "secret");
      Path script = spec.resolveSibling("net/build-initrd");
      String honest = Files.readString(script);
      Shell publisher = catalog.user(folder.resolve("publisher"));
      Expect.success(publisher.diver("kernel", "build", spec.toString()));
      Files.writeString(
          script,
          honest
              + """
              for file in "$DIVER_NET/src/main.c" "$DIVER_NET/net.toml" "$DIVER_SDK/image"; do
                ! echo more 2>/dev/null >>"$file" || echo "wrote $file" >&2
              done
              ! cat '%s' 2>/dev/null >&2 || echo "read it" >&2
              env >&2
              """
                  .formatted(secret));
      Expect.success(publisher.diver("publish", spec.toString()));
      Shell user = catalog.user(folder.resolve("user")).with("TOKEN", "not to be told");
      Shell net = make(user, "greet", "initrd", "greet");
      String source = Files.readString(net.folder().resolve("src/main.c"));

      Shell.Result build = Expect.success(net.diver("build"));
      String said = build.text() + build.errors();
      assertTrue(said.contains("DIVER_CONTRACT=1"), build::toString);
      assertFalse(said.contains("wrote "), build::toString);
      assertFalse(said.contains("secret\n"), build::toString);
      assertFalse(said.contains("not to be told"), build::toString);
      assertEquals(source, Files.readString(net.folder().resolve("src/main.c")));
      assertEquals("secret", Files.readString(secret));
    }
  }

  @Test
  void whatABuildScriptLeavesIsChecked() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Path spec = sources().resolve("disk.toml");
      Path script = spec.resolveSibling("net/build-disk");
      Shell publisher = catalog.user(folder.resolve("publisher"));
      Expect.success(publisher.diver("kernel", "build", spec.toString()));
      Files.writeString(
          script,
          """
          #!/bin/sh
          rm -f "$DIVER_APP"
          case $(cat "$DIVER_NET/src/what") in
            odd) echo odd >"$DIVER_APP" ;;
            link) ln -s /etc/passwd "$DIVER_APP" ;;
            folder) mkdir -p "$DIVER_APP" ;;
            fails) exit 3 ;;
          esac
          """);
      Expect.success(publisher.diver("publish", spec.toString()));
      Shell user = catalog.user(folder.resolve("user"));
      Shell net = make(user, "greet", "disk", "greet");
      Path what = net.folder().resolve("src/what");
      Files.writeString(what, "odd");
      Expect.failure(net.diver("build"), "neither qcow2 nor a whole number of sectors");
      Files.writeString(what, "link");
      Expect.failure(net.diver("build"), "a link that leads out of the project");
      Files.writeString(what, "folder");
      Expect.failure(net.diver("build"), "which net.toml names as the app");
      Expect.failure(net.diver("dive", "--no-build"), "which net.toml names as the app");
      Files.delete(net.folder().resolve("build/greet"));
      Files.writeString(what, "fails");
      Expect.failure(net.diver("build"), "build-disk", "3");
    }
  }

  @Test
  void aNetsOwnCommandsGoBeforeThePackages() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      publish("initrd", catalog);
      Shell net = make(catalog.user(folder.resolve("user")), "greet", "initrd", "greet");
      Expect.success(net.diver("build"));
      Path toml = net.folder().resolve("net.toml");
      Files.writeString(
          toml,
          Files.readString(toml)
              .replace(
                  "[dive]",
                  """
                  [build]
                  command = ["touch", "built"]
                  [test]
                  command = ["test", "-e", "missing"]
                  [dive]
                  args = ["from", "net.toml"]
                  """));
      Expect.success(net.diver("build"));
      assertTrue(Files.exists(net.folder().resolve("built")));
      Expect.failure(net.diver("test"), "The test of greet failed");
      Shell.Result dive = Expect.success(net.diver("dive"));
      assertEquals("Hello from greet: from net.toml\n", dive.text(), dive::toString);
    }
  }
}
