package dev.diver.catalog.search;

import dev.diver.catalog.search.KernelIndex.IndexedKernel;
import dev.diver.catalog.storage.DataDirectory;
import dev.diver.catalog.storage.Database;
import dev.diver.catalog.storage.Session;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.syscall.SyscallTable;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Kernels that nobody wrote, to measure search with: names of one to three words, few tags, a
 * summary, a description, words as frequent as in natural text (Zipf), pulls as unequal as in real
 * registries (Pareto). They exist in the database only: they are found, but cannot be pulled, and
 * are gone when the database is made again.
 */
public final class SyntheticKernels {

  private static final int VOCABULARY = 8_000;
  private static final int TAGS = 300;
  private static final Instant EPOCH = Instant.parse("2025-01-01T00:00:00Z");
  private static final List<String> KNOWN_WORDS =
      List.of(
          "kernel",
          "unikernel",
          "hpc",
          "lightweight",
          "linux",
          "realtime",
          "network",
          "io",
          "virtio",
          "memory",
          "mpi",
          "openmp",
          "numa",
          "posix",
          "storage",
          "edge",
          "cloud",
          "stencil",
          "solver",
          "infiniband",
          "scheduler",
          "hybrid",
          "runtime",
          "isolated");
  private static final List<String> PROTOCOLS =
      Arrays.stream(KernelSpec.Protocol.values()).map(KernelSpec.Protocol::toString).toList();
  private static final List<String> CALLS = List.copyOf(SyscallTable.names());
  private static final List<String> LANGUAGES =
      List.of("c", "c++", "fortran", "go", "ocaml", "rust");
  private static final List<String> HYPERVISORS =
      List.of("qemu-pc", "qemu-q35", "qemu-microvm", "firecracker", "cloud-hypervisor");
  private static final List<String> SYLLABLES =
      List.of(
          "na", "ti", "lus", "ko", "re", "mo", "ra", "ker", "vi", "xen", "hy", "per", "fa", "sto",
          "lo", "gra", "min", "do", "pi", "sci", "ben", "ru", "qua", "zel");

  private final Random random;
  private final List<String> words;
  private final double[] cumulated = new double[VOCABULARY];

  /** The same seed gives the same kernels and queries. */
  public SyntheticKernels(long seed) {
    random = new Random(seed);
    Set<String> vocabulary = new LinkedHashSet<>(KNOWN_WORDS);
    while (vocabulary.size() < VOCABULARY) {
      vocabulary.add(joined(2 + random.nextInt(3), "", () -> pick(SYLLABLES)));
    }
    words = List.copyOf(vocabulary);
    double sum = 0;
    for (int i = 0; i < VOCABULARY; i++) {
      sum += 1.0 / (i + 5);
      cumulated[i] = sum;
    }
  }

  /** Adds so many kernels to a catalog that is not running. */
  public void fill(Path data, int count) throws IOException {
    try (DataDirectory directory = DataDirectory.open(data);
        Database database = Database.open(directory)) {
      database.write(
          session -> {
            for (int i = 0; i < count; i++) {
              add(session, i);
            }
            return count;
          });
    }
  }

  private void add(Session session, int number) throws SQLException {
    String name = joined(1 + random.nextInt(2), "-", this::word) + "-" + syllables() + number;
    long pulls = (long) (1 / Math.pow(1 - random.nextDouble(), 0.8));
    session.run("INSERT INTO repository (name, pulls) VALUES (?, ?)", name, pulls);
    long id = session.number("SELECT id FROM repository WHERE name = ?", name);
    KernelFacts facts =
        new KernelFacts(
            "1." + number % 10,
            joined(10, " ", this::word),
            joined(30 + random.nextInt(30), " ", this::word),
            Stream.generate(() -> words.get(random.nextInt(TAGS))).distinct().limit(4).toList(),
            random.nextInt(4) == 0 ? List.of("full-vm", "partitioned-vm") : List.of("full-vm"),
            random.nextInt(10) == 0 ? "aarch64" : "x86_64",
            pick(PROTOCOLS),
            random.nextInt(3) == 0 ? "linux" : "none",
            Stream.generate(() -> pick(LANGUAGES)).distinct().limit(2).toList(),
            Stream.generate(() -> pick(HYPERVISORS)).distinct().limit(2).toList(),
            handled(),
            "Apache-2.0");
    Digest digest = Digest.of(name.getBytes(StandardCharsets.UTF_8));
    Instant published = EPOCH.plusSeconds(number);
    Release release =
        new Release(facts.version(), digest, published, false, false, 1_000_000 + number, digest);
    KernelIndex.add(session, id, new IndexedKernel(name, facts, release, List.of(facts.version())));
  }

  /** One kernel in four says which system calls it handles. */
  private List<String> handled() {
    return random.nextInt(4) > 0
        ? List.of()
        : Stream.generate(() -> pick(CALLS)).limit(60).distinct().toList();
  }

  /** Queries (the part behind the question mark) as people make them: few words, some mistyped. */
  public List<String> queries(int count) {
    List<String> queries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      queries.add(
          switch (i % 12) {
            case 0, 1, 2 -> "q=" + word();
            case 3, 4 -> "q=" + word() + "+" + word();
            case 5 -> "q=" + mistyped(word());
            case 6 -> "q=" + word() + "&tag=" + words.get(random.nextInt(TAGS));
            case 7 -> "q=" + word() + "&mode=partitioned-vm&arch=x86_64";
            case 8 -> "tag=" + words.get(random.nextInt(TAGS)) + "&sort=pulls";
            case 9 -> "boot=" + pick(PROTOCOLS) + "&handles=" + pick(CALLS) + "," + pick(CALLS);
            case 10 -> "q=" + word() + "&abi=linux&language=" + encoded(pick(LANGUAGES));
            case 11 -> "hypervisor=" + pick(HYPERVISORS) + "&sort=pulls";
            default -> "q=" + word().substring(0, 2) + "&page=" + (1 + random.nextInt(3));
          });
    }
    return queries;
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private String mistyped(String word) {
    int at = random.nextInt(word.length());
    return word.substring(0, at) + (char) ('a' + random.nextInt(26)) + word.substring(at + 1);
  }

  private String word() {
    double point = random.nextDouble() * cumulated[VOCABULARY - 1];
    int at = java.util.Arrays.binarySearch(cumulated, point);
    return words.get(at < 0 ? Math.min(-at - 1, VOCABULARY - 1) : at);
  }

  private String syllables() {
    return joined(2, "", () -> pick(SYLLABLES));
  }

  private String pick(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static String joined(int count, String separator, Supplier<String> part) {
    return Stream.generate(part).limit(count).collect(Collectors.joining(separator));
  }
}
