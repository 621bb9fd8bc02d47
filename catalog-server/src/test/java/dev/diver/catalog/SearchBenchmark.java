package dev.diver.catalog;

import dev.diver.catalog.search.SyntheticKernels;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Search over synthetic packages, measured over HTTP in one process: prints percentiles in
 * milliseconds and the slowest queries. Arguments: folder (made if missing), kernels, queries.
 */
public final class SearchBenchmark {

  private record Timed(String query, double millis) {}

  private SearchBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path data = Path.of(arguments[0]);
    SyntheticKernels synthetic = new SyntheticKernels(1);
    if (!Files.exists(data)) {
      long start = System.nanoTime();
      synthetic.fill(data, Integer.parseInt(arguments[1]));
      System.out.printf("filled in %.1f s%n", (System.nanoTime() - start) / 1e9);
    }
    try (CatalogServer server = CatalogServer.start(CatalogOptions.of(data).withPort(0));
        HttpClient client = HttpClient.newHttpClient()) {
      List<String> queries = synthetic.queries(Integer.parseInt(arguments[2]));
      measure(client, server.port(), queries.subList(0, queries.size() / 5));
      report(measure(client, server.port(), queries));
    }
  }

  private static List<Timed> measure(HttpClient client, int port, List<String> queries)
      throws Exception {
    List<Timed> times = new ArrayList<>();
    for (String query : queries) {
      URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/kernels?" + query);
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      long start = System.nanoTime();
      int status = client.send(request, BodyHandlers.ofByteArray()).statusCode();
      times.add(new Timed(query, (System.nanoTime() - start) / 1e6));
      if (status != 200) {
        throw new IllegalStateException(query + ": " + status);
      }
    }
    return times;
  }

  private static void report(List<Timed> times) {
    times.sort(Comparator.comparingDouble(Timed::millis));
    for (double share : new double[] {0.5, 0.9, 0.99, 1}) {
      int at = (int) Math.ceil(share * times.size()) - 1;
      System.out.printf("p%-4.0f %6.2f ms%n", share * 100, times.get(at).millis());
    }
    for (Timed slow : times.reversed().subList(0, Math.min(12, times.size()))) {
      System.out.printf("  %6.2f ms  %s%n", slow.millis(), slow.query());
    }
  }
}
