package dev.diver.catalog.search;

import dev.diver.catalog.storage.Session;
import java.sql.SQLException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Corrects a word to those of names and tags that are an edit or two away. Candidates share letter
 * triples with it (q-gram filter: Ukkonen, "Approximate string-matching with q-grams and maximal
 * matches", 1992); edit distance decides.
 */
final class Spelling {

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}\\p{M}]+");
  private static final int MAX_LENGTH = 64;
  private static final int SHORT = 4;
  private static final int CANDIDATES = 200;
  private static final int MOST = 3;
  // A swap of neighbours changes the four triples that touch one of the two.
  private static final int GRAMS_PER_EDIT = 4;

  private Spelling() {}

  /** The words of a text, as the full-text index sees them, in order. */
  static List<String> words(String text) {
    String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    return WORD.matcher(plain)
        .results()
        .map(match -> match.group())
        .map(word -> word.substring(0, Math.min(word.length(), MAX_LENGTH)))
        .distinct()
        .toList();
  }

  /** Remembers the words of a name or of tags. */
  static void learn(Session session, String text) throws SQLException {
    for (String word : words(text)) {
      if (session.run("UPDATE word SET kernels = kernels + 1 WHERE word = ?", word) == 0) {
        session.run("INSERT INTO word VALUES (?, 1)", word);
        for (String gram : grams(word)) {
          session.run("INSERT INTO word_gram VALUES (?, ?, ?)", gram, word.length(), word);
        }
      }
    }
  }

  /** The known words nearest to this one, at most three; none where none is near. */
  static List<String> correct(Session session, String word) throws SQLException {
    int allowed = word.length() <= 2 ? 0 : word.length() <= SHORT ? 1 : 2;
    List<Candidate> near = new ArrayList<>();
    for (Candidate candidate : candidates(session, word, allowed)) {
      int distance = EditDistance.between(word, candidate.word());
      if (distance <= allowed) {
        near.add(new Candidate(candidate.word(), candidate.kernels(), distance));
      }
    }
    near.sort(
        Comparator.comparingInt(Candidate::distance)
            .thenComparing(Candidate::kernels, Comparator.reverseOrder())
            .thenComparing(Candidate::word));
    return near.stream()
        .filter(candidate -> candidate.distance() == near.getFirst().distance())
        .limit(MOST)
        .map(Candidate::word)
        .toList();
  }

  private record Candidate(String word, int kernels, int distance) {}

  private static List<Candidate> candidates(Session session, String word, int allowed)
      throws SQLException {
    List<Object> arguments = new ArrayList<>(askedGrams(word));
    String marks = "?, ".repeat(arguments.size() - 1) + "?";
    int shared = Math.max(1, arguments.size() - GRAMS_PER_EDIT * allowed);
    arguments.add(word.length() - allowed);
    arguments.add(word.length() + allowed);
    arguments.add(shared);
    arguments.add(CANDIDATES);
    return session.rows(
        "SELECT g.word, w.kernels FROM (SELECT word, count(*) AS shared FROM word_gram WHERE gram"
            + " IN ("
            + marks
            + ") AND length BETWEEN ? AND ? GROUP BY word HAVING shared >= ?"
            + " ORDER BY shared DESC LIMIT ?) g JOIN word w ON w.word = g.word",
        row -> new Candidate(row.getString(1), row.getInt(2), 0),
        arguments.toArray());
  }

  /** Short words need the grams of their ends; for others those are too common to help. */
  private static Set<String> askedGrams(String word) {
    return word.length() <= SHORT ? grams(word) : gramsOf(" " + word + " ");
  }

  private static Set<String> grams(String word) {
    return gramsOf("  " + word + "  ");
  }

  private static Set<String> gramsOf(String padded) {
    Set<String> grams = new LinkedHashSet<>();
    for (int i = 0; i + 3 <= padded.length(); i++) {
      grams.add(padded.substring(i, i + 3));
    }
    return grams;
  }
}
