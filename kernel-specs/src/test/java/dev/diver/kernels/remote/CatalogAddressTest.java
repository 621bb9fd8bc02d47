package dev.diver.kernels.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogAddressTest {

  private static final Map<String, String> VARIABLE = Map.of("DIVER_CATALOG", "http://variable");

  @Test
  void theOptionComesFirstThenTheVariableThenTheFile(@TempDir Path folder) throws IOException {
    Optional<String> option = Optional.of("http://option");
    Optional<String> none = Optional.empty();
    Path config = folder.resolve("config.toml");
    Path absent = folder.resolve("absent.toml");
    Files.writeString(config, "catalog = \"http://file\"\n");

    assertEquals("http://option", CatalogAddress.locate(option, VARIABLE, config).toString());
    assertEquals("http://variable", CatalogAddress.locate(none, VARIABLE, config).toString());
    assertEquals("http://file", CatalogAddress.locate(none, Map.of(), config).toString());
    assertEquals("http://127.0.0.1:7480", CatalogAddress.locate(none, Map.of(), absent).toString());
    assertEquals(
        "http://file",
        CatalogAddress.locate(none, Map.of("DIVER_CATALOG", " "), config).toString());
  }

  @Test
  void aMistakeInTheFileIsShown(@TempDir Path folder) throws IOException {
    Path config = Files.writeString(folder.resolve("config.toml"), "\ncatalogue = \"x\"\n");
    Failure failure =
        assertThrows(
                DiverException.class,
                () -> CatalogAddress.locate(Optional.empty(), Map.of(), config))
            .failure();
    assertEquals(config + ":2: catalogue is not a key that Diver knows.", failure.what());
    assertEquals("Did you mean catalog?", failure.remedy());
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:5000,           http://localhost:5000",
    "127.0.0.1,                http://127.0.0.1",
    "127.8.9.1:80/catalog/,    http://127.8.9.1:80/catalog",
    "[::1]:5000,               http://[::1]:5000",
    "kernels.example,          https://kernels.example",
    "localhost.example:5000,   https://localhost.example:5000",
    "http://kernels.example/,  http://kernels.example",
  })
  void withoutASchemeOnlyLoopbackIsHttp(String text, String address) {
    assertEquals(URI.create(address), CatalogAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ftp://x", "http://", "http://u:p@x", "http://x?q", "http://x y", "::"})
  void whatIsNoAddressIsRefused(String text) {
    Failure failure =
        assertThrows(DiverException.class, () -> CatalogAddress.parse(text)).failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  @ParameterizedTest
  @CsvSource({
    "tiny:1.0,                  http://10.0.0.1:7480",
    "10.0.0.1:7480/tiny:1.0,    http://10.0.0.1:7480",
    "10.0.0.1:7481/tiny:1.0,    https://10.0.0.1:7481",
    "localhost:5000/tiny:1.0,   http://localhost:5000",
  })
  void aReferenceMayNameItsRegistry(String reference, String address) {
    URI catalog = URI.create("http://10.0.0.1:7480");
    assertEquals(URI.create(address), CatalogAddress.of(KernelReference.parse(reference), catalog));
  }
}
