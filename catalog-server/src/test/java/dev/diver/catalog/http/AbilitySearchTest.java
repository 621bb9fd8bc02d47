package dev.diver.catalog.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.TestCatalog;
import dev.diver.catalog.search.SyntheticKernels;
import dev.diver.kernels.spec.KernelSpecJson;
import dev.diver.kernels.spec.KnownKernels;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Finding kernels by what they can do, among those that Diver has a spec of. */
final class AbilitySearchTest {

  @TempDir static Path data;
  private static TestCatalog catalog;

  @BeforeAll
  static void fill() {
    catalog = filled(data);
  }

  private static TestCatalog filled(Path data) {
    TestCatalog catalog = new TestCatalog(data);
    for (String name : KnownKernels.names()) {
      byte[] spec = KernelSpecJson.write(KnownKernels.read(name));
      assertEquals(201, catalog.pushKernel(name, spec, "1.0", name, "").statusCode());
    }
    return catalog;
  }

  @AfterAll
  static void stop() {
    catalog.close();
  }

  private static String names(String query) {
    return names(catalog, query);
  }

  private static String names(TestCatalog catalog, String query) {
    List<String> names = new ArrayList<>();
    for (JsonNode kernel :
        catalog.json("/api/v1/kernels?sort=name&" + query).path("kernels").values()) {
      names.add(kernel.path("name").asString());
    }
    return String.join(" ", names);
  }

  @ParameterizedTest
  @CsvSource({
    "boot=multiboot1, hermit solo5 unikraft",
    "boot=MULTIBOOT2, nautilus",
    "boot=efi, ''",
    "boot=pvh&abi=linux, nanos osv remora",
    "mode=partitioned-vm, remora",
    "abi=none, nautilus solo5",
    "abi=linux-source, hermit unikraft",
    "handles=futex, kitten mckernel remora",
    "'handles=futex,clone&handles=mmap', kitten mckernel remora",
    "handles=getrandom, remora",
    "handles=open, kitten mckernel",
    "handles=pread64, ''",
    "language=ocaml, solo5",
    "language=c%2B%2B&boot=multiboot2, nautilus",
    "language=fortran&abi=linux-source, hermit",
    "hypervisor=qemu-microvm, hermit remora",
    "hypervisor=firecracker&language=java, nanos osv",
    "tag=hpc&abi=none, nautilus",
    "q=unikernel&boot=multiboot1&abi=linux-source&language=rust, hermit unikraft",
    "q=unikernel&handles=futex, ''",
  })
  void findsWhatCanDoAllOfThat(String query, String expected) {
    assertEquals(expected, names(query));
  }

  @Test
  void showsWhatItFoundThemBy() {
    JsonNode hermit = catalog.json("/api/v1/kernels?q=hermit").path("kernels").path(0);
    assertEquals("multiboot1", hermit.path("boot").asString());
    assertEquals("linux-source", hermit.path("abi").asString());
    assertEquals("rust", hermit.path("languages").path(0).asString());
    assertEquals("qemu-pc", hermit.path("hypervisors").path(0).asString());
    assertEquals("multiboot1", catalog.json("/api/v1/kernels/hermit").path("boot").asString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          boot=pvhh        | There is no boot protocol "pvhh".   | Did you mean pvh? There are: disk, efi, iso, linux, multiboot1, multiboot2, pvh.
          boot=uboot-fit   | There is no boot protocol           | Write one of: disk, efi, iso, linux
          abi=windows      | There is no ABI "windows".          | linux, linux-source, none
          mode=full_vm     | There is no mode "full_vm".         | Did you mean full-vm? There are: emulated, full-vm, partitioned-hardware, partitioned-vm.
          handles=fork,futx| Linux has no system call "futx".    | Did you mean futex?
          handles=xyzzy123 | Linux has no system call "xyzzy123" | as strace prints it
          language=cobolish| in "cobolish".                      | Write one of: c, c++, fortran, go
          hypervisor=qemu  | runs on "qemu".                     | cloud-hypervisor, firecracker, qemu-microvm, qemu-pc, qemu-q35
          """)
  void whatNobodyKnowsIsRefusedWithWhatThereIs(String query, String what, String others) {
    HttpResponse<byte[]> refused = catalog.get("/api/v1/kernels?" + query);
    assertEquals(400, refused.statusCode());
    assertEquals("QUERY_INVALID", TestCatalog.code(refused));
    JsonNode error = TestCatalog.json(refused).path("errors").path(0);
    assertTrue(error.path("message").asString().contains(what), TestCatalog.text(refused));
    assertTrue(error.path("detail").asString().contains(others), TestCatalog.text(refused));
  }

  @Test
  void tooManyOrTooLongValuesAreRefused() {
    StringBuilder calls = new StringBuilder("handles=a0");
    for (int i = 1; i <= 64; i++) {
      calls.append(",a").append(i);
    }
    assertTrue(TestCatalog.text(catalog.get("/api/v1/kernels?" + calls)).contains("At most 64"));
    assertTrue(
        TestCatalog.text(catalog.get("/api/v1/kernels?language=" + "x".repeat(65)))
            .contains("at most 64 characters"));
  }

  /** Few of many are looked for in their order, many are sorted: nobody can tell which. */
  @ParameterizedTest
  @CsvSource({"pulls", "name", "updated"})
  void aWideFilterIsInTheSameOrderPageByPage(String sort, @TempDir Path folder) throws IOException {
    new SyntheticKernels(7).fill(folder, 1_000);
    try (TestCatalog many = new TestCatalog(folder)) {
      String query = "/api/v1/kernels?hypervisor=qemu-pc&sort=" + sort;
      JsonNode whole = many.json(query + "&size=100").path("kernels");
      for (int page = 1; page <= 3; page++) {
        assertEquals(
            whole.path(page - 1), many.json(query + "&size=1&page=" + page).at("/kernels/0"));
      }
    }
  }

  /** A database of an older version is made again from journal and blobs; pull counts stay. */
  @Test
  void anOlderDatabaseIsBroughtUpToDate(@TempDir Path folder) throws SQLException {
    try (TestCatalog before = filled(folder)) {
      assertEquals(200, before.get("/v2/osv/manifests/1.0").statusCode());
      assertEquals(200, before.get("/v2/osv/manifests/1.0").statusCode());
    }
    try (Connection database =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("catalog.db"));
        Statement statement = database.createStatement()) {
      statement.executeUpdate("DROP TABLE filter_value");
      statement.executeUpdate("ALTER TABLE kernel_shown DROP COLUMN boot");
      statement.executeUpdate("DELETE FROM kernel_text WHERE rowid > 0");
      statement.executeUpdate("PRAGMA user_version=1");
    }
    try (TestCatalog after = new TestCatalog(folder)) {
      assertEquals("hermit solo5 unikraft", names(after, "boot=multiboot1"));
      JsonNode found = after.json("/api/v1/kernels?q=osv");
      assertEquals(2, found.path("kernels").path(0).path("pulls").asInt());
      assertEquals(
          KnownKernels.names().size(), after.json("/api/v1/kernels").path("total").asInt());
    }
  }
}
