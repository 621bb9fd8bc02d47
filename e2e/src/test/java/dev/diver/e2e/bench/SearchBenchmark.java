package dev.diver.e2e.bench;

import dev.diver.catalog.CatalogOptions;
import dev.diver.catalog.CatalogServer;
import dev.diver.catalog.search.SyntheticKernels;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.statistics.descriptive.Quantile;

/** Search over HTTP in a catalog of 100,000 kernels that nobody wrote. */
final class SearchBenchmark {

  private static final int KERNELS = 100_000;
  private static final int QUERIES = 2_000;
  private static final int WARM_UP = 400;

  private SearchBenchmark() {}

  static Row run(Path data) throws IOException, InterruptedException {
    SyntheticKernels synthetic = new SyntheticKernels(1);
    synthetic.fill(data, KERNELS);
    List<String> queries = synthetic.queries(QUERIES);
    double[] times = new double[QUERIES];
    try (CatalogServer server = CatalogServer.start(CatalogOptions.of(data).withPort(0));
        HttpClient client = HttpClient.newHttpClient()) {
      for (String query : queries.subList(0, WARM_UP)) {
        milliseconds(client, server.port(), query);
      }
      for (int i = 0; i < QUERIES; i++) {
        times[i] = milliseconds(client, server.port(), queries.get(i));
      }
    }
    double[] quantiles = Quantile.withDefaults().evaluate(times, 0.5, 0.99);
    return new Row(
        "search over 100,000 packages, 99th percentile",
        "-",
        String.format("p50 %.1f ms", quantiles[0]),
        quantiles[1],
        "ms",
        20,
        false);
  }

  private static double milliseconds(HttpClient client, int port, String query)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/kernels?" + query);
    long start = System.nanoTime();
    int status =
        client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode();
    double elapsed = (System.nanoTime() - start) / 1e6;
    if (status != 200) {
      throw new IOException(query + " was answered " + status);
    }
    return elapsed;
  }
}
