@NullMarked
package dev.diver.deploy.validation;

import org.jspecify.annotations.NullMarked;
