package dev.diver.catalog.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.TestCatalog;
import dev.diver.catalog.TestCatalog.Kernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Finding kernels among a few that compete for the same words. */
final class SearchTest {

  @TempDir static Path data;
  private static TestCatalog catalog;

  @BeforeAll
  static void fill() {
    catalog = new TestCatalog(data);
    push("nautilus", "An aerokernel", "For hybrid run-times.", "hpc", "aerokernel");
    push("hexsa/nautilus", "Another one", "", "hpc");
    push("nautilus-extras", "Additions", "");
    push("remora", "A lightweight kernel for HPC", "Runs Linux executables.", "linux-abi");
    push(
        "mckernel", "Co-kernel beside Linux", "A lightweight kernel by RIKEN.", "hpc", "linux-abi");
    push("unikraft", "Modular unikernels", "Small images; see also mckernel.", "unikernel");
    push("hpc", "A kernel of just this name", "");
    push("pools/deep", "Nothing special", "Mentions hpc only here.");
    pull("mckernel", 3);
    pull("hexsa/nautilus", 5);
    catalog.close();
    catalog = new TestCatalog(data);
  }

  private static void push(String name, String summary, String description, String... tags) {
    Kernel kernel = new Kernel(name, "1.0", summary, description, List.of(tags));
    assertEquals(201, catalog.pushKernel(kernel, "1.0", name, "").statusCode());
  }

  private static void pull(String name, int times) {
    for (int i = 0; i < times; i++) {
      assertEquals(200, catalog.get("/v2/" + name + "/manifests/1.0").statusCode());
    }
  }

  @AfterAll
  static void stop() {
    catalog.close();
  }

  private static String names(String query) {
    List<String> names = new ArrayList<>();
    for (JsonNode kernel : catalog.json("/api/v1/kernels?" + query).path("kernels").values()) {
      names.add(kernel.path("name").asString());
    }
    return String.join(" ", names);
  }

  @ParameterizedTest
  @CsvSource({
    // the exact name, then as part of a name by pulls
    "nautilus, nautilus hexsa/nautilus nautilus-extras",
    "NAUTILUS, nautilus hexsa/nautilus nautilus-extras",
    "hexsa/nautilus, hexsa/nautilus",
    // name, then tags by pulls, then summary, then description
    "hpc, hpc hexsa/nautilus mckernel nautilus remora pools/deep",
    // a name before a description
    "mckernel, mckernel unikraft",
    // all words, wherever they are; tags and summary before the description
    "lightweight+linux, remora mckernel",
    "linux-abi, mckernel remora",
    // stems and beginnings
    "unikernel, unikraft",
    "additional, nautilus-extras",
    "naut, hexsa/nautilus nautilus nautilus-extras",
    "unik, unikraft",
    // slips of the keyboard
    "nautlius, hexsa/nautilus nautilus nautilus-extras",
    "nautilis, hexsa/nautilus nautilus nautilus-extras",
    "remroa, remora",
    "hcp, hpc hexsa/nautilus mckernel nautilus remora pools/deep",
    "unikarft, unikraft",
    // no kernel has both: those with either
    "nautilus+unikraft, hexsa/nautilus nautilus nautilus-extras unikraft",
  })
  void ranksAsAPersonExpects(String text, String expected) {
    assertEquals(expected, names("q=" + text));
  }

  @Test
  void findsNothingWhereNothingIsNear() {
    assertEquals("", names("q=zzzzzzzz"));
    assertEquals(0, catalog.json("/api/v1/kernels?q=xq").path("total").asInt());
  }

  @Test
  void saysWhatItLookedForInstead() {
    JsonNode found = catalog.json("/api/v1/kernels?q=nautlius");
    assertEquals("nautilus", found.path("corrected").asString());
    assertTrue(catalog.json("/api/v1/kernels?q=nautilus").path("corrected").isMissingNode());
  }

  @ParameterizedTest
  @CsvSource({
    "tag=linux-abi, mckernel remora",
    "tag=LINUX-ABI, mckernel remora",
    "tag=linux-abi&tag=hpc, mckernel",
    "tag=linux, ''",
    "tag=hpc&q=kernel, mckernel",
    "q=nautilus&tag=aerokernel, nautilus",
    "q=hpc&tag=unikernel, ''",
    "arch=riscv64, ''",
    "mode=partitioned-vm, ''",
    "mode=full-vm&arch=x86_64&q=remora, remora",
  })
  void narrowsToTagsModesAndArchitectures(String query, String expected) {
    assertEquals(expected, names(query));
  }

  @Test
  void sorts() {
    assertEquals(
        "hexsa/nautilus hpc mckernel nautilus nautilus-extras pools/deep remora unikraft",
        names("sort=name"));
    assertEquals(
        "pools/deep hpc unikraft mckernel remora nautilus-extras hexsa/nautilus nautilus",
        names("sort=updated"));
    assertTrue(names("sort=pulls").startsWith("hexsa/nautilus mckernel hpc "));
    assertEquals("hexsa/nautilus nautilus nautilus-extras", names("sort=name&q=nautilus"));
  }

  @Test
  void pages() {
    assertEquals("hpc hexsa/nautilus", names("q=hpc&size=2"));
    assertEquals("mckernel nautilus", names("q=hpc&size=2&page=2"));
    assertEquals("remora pools/deep", names("q=hpc&size=2&page=3"));
    assertEquals("", names("q=hpc&size=2&page=4"));
    JsonNode page = catalog.json("/api/v1/kernels?q=hpc&size=2&page=3");
    assertEquals(6, page.path("total").asInt());
    assertEquals(3, page.path("page").asInt());
    assertEquals(2, page.path("size").asInt());
    assertEquals("nautilus nautilus-extras pools/deep", names("sort=name&size=3&page=2"));
  }
}
