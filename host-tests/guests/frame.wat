;; What every hostile guest has in common: the exports of the contract, and a description with one
;; type, one credential and one endpoint. The guest itself, at its mark below, defines $validate, which takes nothing, and $list,
;; which takes a page token; both give the address of their result.
(module
  (import "governance:connector/http-client@0.2.0" "get"
    (func $get (param i32 i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  ;; Texts: 16 hostile, 23 1, 24 thing, 29 key, 32 x-key, 37 /me
  (data (i32.const 16) "hostile1thingkeyx-key/me")
  ;; The description at 64: name, version, types at 128, credentials at 192, no base URL, endpoints at 256.
  (data (i32.const 64) "\10\00\00\00\07\00\00\00\17\00\00\00\01\00\00\00\80\00\00\00\01\00\00\00\c0\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\01\00\00\00")
  (data (i32.const 128) "\18\00\00\00\05\00\00\00\18\00\00\00\05\00\00\00")
  (data (i32.const 192) "\1d\00\00\00\03\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\e0\00\00\00\01\00\00\00")
  (data (i32.const 224) "\1d\00\00\00\03\00\00\00\20\00\00\00\05\00\00\00")
  (data (i32.const 256) "\25\00\00\00\03\00\00\00\00\00\00\00\00\00\00\00\1d\00\00\00\03\00\00\00")
  ;; Where the next text or list that the host hands over is put.
  (global $free (mut i32) (i32.const 8192))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get 3) (i32.const 65536)))))))
    (local.get $at))
  ;; GET /me with the credential key; the answer at 1024.
  (func $request
    (call $get (i32.const 29) (i32.const 3) (i32.const 37) (i32.const 3)
      (i32.const 0) (i32.const 0) (i32.const 1024)))
  ;; A tenant without a word in it.
  (func $nobody (result i32)
    (memory.fill (i32.const 512) (i32.const 0) (i32.const 256)) (i32.const 512))
  ;; err(unavailable), without a word in it: it is $nobody's opposite, and as quick.
  (func $unavailable (result i32)
    (memory.fill (i32.const 512) (i32.const 0) (i32.const 256))
    (i32.store8 (i32.const 512) (i32.const 1))
    (i32.store8 (i32.const 520) (i32.const 9))
    (i32.const 512))
  {guest}
  (func (export "governance:connector/description@0.2.0#describe") (result i32) (i32.const 64))
  (func (export "governance:connector/inventory@0.2.0#validate") (result i32) (call $validate))
  (func (export "governance:connector/inventory@0.2.0#list-entitlements")
    (param i32 i32) (result i32) (call $nobody))
  (func (export "governance:connector/inventory@0.2.0#list-resources")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $list (local.get 8) (local.get 9)))
  (func (export "governance:connector/inventory@0.2.0#list-grants")
    (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $list (local.get 5) (local.get 6))))
