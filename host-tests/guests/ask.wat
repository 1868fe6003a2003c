;; A connector of no provider: `ask` reads one path with one credential, and answers the body, or
;; the text of the error. It shows that the WASI adapter serves any component that imports `http-client`.
(component
  (import "governance:connector/http-client@0.2.0" (instance $http
    (type $request (record
      (field "credential" string)
      (field "path-with-query" string)
      (field "headers" (list (tuple string string)))))
    (export "request" (type $request-name (eq $request)))
    (type $response (record
      (field "status" u16)
      (field "headers" (list (tuple string (list u8))))
      (field "body" (list u8))))
    (export "response" (type $response-name (eq $response)))
    (type $error (variant
      (case "denied" string)
      (case "no-credential")
      (case "timeout")
      (case "held-back" u64)
      (case "connection" string)
      (case "body-too-large" u64)
      (case "other" string)))
    (export "error" (type $error-name (eq $error)))
    (export "get" (func (param "request" $request-name)
      (result (result $response-name (error $error-name)))))))

  (core module $memory
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 4096))
    ;; Nothing is given back: an instance lives for one call.
    (func (export "realloc") (param i32) (param i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))

  (core module $guest
    (import "host" "memory" (memory 1))
    (import "host" "get" (func $get (param i32 i32 i32 i32 i32 i32 i32)))
    ;; The answer lies at 1024: its case, then at 8 the response (body at 20), or the error (text at 16).
    (func (export "ask") (param $credential i32) (param i32) (param $path i32) (param i32) (result i32)
      (call $get (local.get $credential) (local.get 1) (local.get $path) (local.get 3)
        (i32.const 0) (i32.const 0) (i32.const 1024))
      (select (i32.const 1040) (i32.const 1044) (i32.load8_u (i32.const 1024)))))

  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $get (canon lower (func $http "get") (memory $mem) (realloc $realloc)))
  (core instance $guest (instantiate $guest (with "host" (instance
    (export "memory" (memory $mem))
    (export "get" (func $get))))))
  (func (export "ask") (param "credential" string) (param "path" string) (result string)
    (canon lift (core func $guest "ask") (memory $mem) (realloc $realloc))))
