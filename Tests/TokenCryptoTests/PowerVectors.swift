/// Powers modulo the 3072-bit prime, computed by Python's pow(): base, exponent, and SHA-256 of the result's 384 bytes.
struct PowerVector: Sendable {
    let base: String
    let exponent: String
    let digest: String

    static let all: [PowerVector] = [
        PowerVector(base: bases[0], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[0], exponent: "1",
            digest: "a1a4f5721c1c4610af7f71078f3a68c330536d679803b0e0507ee8dc10c5dfca"),
        PowerVector(base: bases[0], exponent: "3061f5cbf2cec765",
            digest: "a1a4f5721c1c4610af7f71078f3a68c330536d679803b0e0507ee8dc10c5dfca"),
        PowerVector(base: bases[0], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "a1a4f5721c1c4610af7f71078f3a68c330536d679803b0e0507ee8dc10c5dfca"),
        PowerVector(base: bases[1], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[1], exponent: "1",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[1], exponent: "3061f5cbf2cec765",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[1], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[2], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[2], exponent: "1",
            digest: "0c29b032a70f848d7ce809f1c926afaea4bce7b3a037ad74b39861c19eb0161c"),
        PowerVector(base: bases[2], exponent: "3061f5cbf2cec765",
            digest: "f67fb34fe3674f9f941f6a43b1ad81d261a60844a6b385d09279510782286538"),
        PowerVector(base: bases[2], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "4c32d78dbf9d509818fde478e25f391599d91b3c05d9272d4bf17e2685eab5a3"),
        PowerVector(base: bases[3], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[3], exponent: "1",
            digest: "701f9dfac3a4a05cc0d1ee670797da130b9f0dcddb719171658a5933b14cfa2d"),
        PowerVector(base: bases[3], exponent: "3061f5cbf2cec765",
            digest: "701f9dfac3a4a05cc0d1ee670797da130b9f0dcddb719171658a5933b14cfa2d"),
        PowerVector(base: bases[3], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[4], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[4], exponent: "1",
            digest: "a697cdb66f35679dcfc9d2eadceb870e3489f93c569f61f2ea4fbf30ffaf1be6"),
        PowerVector(base: bases[4], exponent: "3061f5cbf2cec765",
            digest: "5da6019a6b51cb97356635c860dc198220444f4cbc5fbeeaa401c30b7451ea9e"),
        PowerVector(base: bases[4], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "4c32d78dbf9d509818fde478e25f391599d91b3c05d9272d4bf17e2685eab5a3"),
        PowerVector(base: bases[5], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[5], exponent: "1",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[5], exponent: "3061f5cbf2cec765",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[5], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[6], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[6], exponent: "1",
            digest: "2c5e856f76a95cf6de72a94d4587e7163f0e67c1fea47c9d2a245e069593e421"),
        PowerVector(base: bases[6], exponent: "3061f5cbf2cec765",
            digest: "a7ebd4c61110cf81d77792c6d71afc09671549db0bc28c43a59b4f3127276564"),
        PowerVector(base: bases[6], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "00ecc800e63c492abb6223b6a3c75c1295719fbed012cbc79e123a1db6ba0231"),
        PowerVector(base: bases[7], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[7], exponent: "1",
            digest: "f255ae60d72b9f91c34a7495d01797ee1305048188d4485116f0083f87ca7f71"),
        PowerVector(base: bases[7], exponent: "3061f5cbf2cec765",
            digest: "9dbb57593b7b0d4ee352c1201f1dd0cde64a9f4beb5c56b38e92dba9976207f7"),
        PowerVector(base: bases[7], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "c476f8f7fd25df027bfca1b4ab451f795315fa7eb267e672abf61ba8873f61e5"),
        PowerVector(base: bases[8], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[8], exponent: "1",
            digest: "809ee3312822ad8923989d4bfc2be1b1c5fb7eb1eee93d330149ed2809026c31"),
        PowerVector(base: bases[8], exponent: "3061f5cbf2cec765",
            digest: "1bee7896844af33a0fa2ca054252c11c2c5365351bf2cf378485c594985ff2cd"),
        PowerVector(base: bases[8], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "034cc0ee33d4a57989c058b3c9ef256d98d1b92e3245c7a91b3fcc2e53252b4f"),
        PowerVector(base: bases[9], exponent: "0",
            digest: "ab1642a5fbec142ed166521affcb32a1018793ccff8a30ce6b951a790f5d56a5"),
        PowerVector(base: bases[9], exponent: "1",
            digest: "c87f539e596b73c2cedfbfe7c94f755f6a3c6d4e90cae5cfe7e3157d05f18e44"),
        PowerVector(base: bases[9], exponent: "3061f5cbf2cec765",
            digest: "6c5884edfccb616d078993f6aabfc18ff7327ed497a1d5636acbc3bf0d2afbb0"),
        PowerVector(base: bases[9], exponent: "528036040490adc35dceacb3051c1b372d100049226591c7782142c5db421a14",
            digest: "7141711ddeaa08f2c83a96c39850a512bc97f2d9ab5258612d0557d80b213cde"),
    ]

    private static let bases: [String] = [
        "0",
        "1",
        "2",
        """
        ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
        ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
        ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
        83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
        e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
        15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
        abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
        bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2cafffffffffffffffe
        """,
        """
        ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
        ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
        ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
        83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
        e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
        15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
        abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
        bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2cafffffffffffffffd
        """,
        """
        ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
        ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
        ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
        83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
        e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
        15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
        abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
        bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2cb0000000000000000
        """,
        """
        916ee97a5a2b6f695044b87470c5d8f8fea352241f65fe94c7d47fa5bf06688bca2190a0f1eca4b17b189b7fa97f4787\
        8cb6fd7298e3ad9b9b564f76a4251a1742b89f3eba05996eca8057571a45d82028d4517ee7a75e878bf77137fde2f184\
        ef24cdebe76952b5c32acd43cd8545ddb68a833369647982f5e4a0d0c4670f359852d0566444735489aa4509838a0327\
        4309edf95e284ebc794c4f0dd2c5b86064980b993a7114daf69f0b38eaf6ad4a745d5c21e020d133573cf79319781e08\
        25ceb1bb5d2fc4cfd1e5fcd651a347d77e107205ff01ba39e8655980ae2f969a5dbe4bd6211d55563ba824c8e127b4a0\
        812d9409f5180d71aa463155a94029f975f72f4dc541f498c63e251eed647c84b5268f4e8465eb19499164a37ef9aa71\
        ad147d27a6ba78b6594f0983d4660c2d434fa55c93027c80998a543a57222ba8ec9e9fb67535c3420958d711421894a7\
        fedf4c88547a47ecaa471a3d0ea69bea11bae34297f0962328bb280ab09808515fbb5c7a7794dde024e803b6c2a2454b
        """,
        """
        ad5456da836beed5f8a5d7e793275357219e5e0890ccbe7ec3988752fbbdb9d5fed25992d070e859d47911d61828bd60\
        7d2fb3d870a278be4d13b7a685165bd8ca0ccf4a7ca4af5858be6f3293472789da6be6047285f97a97152921ea98fe29\
        a250f48f85b2b905fbae540f6d6be57ffee367a4c80ae251d0db8de4fea3b47aab910de879ae6247c629dacfe66fa235\
        df3225d75e724a2a4fafc8a624c75abf75ca19d4046ebefd645a8c96b54d9a9ae5fd8018bbd5426da782d01c2b00a8e2\
        6500008161c36a40b9bccf5b4f47b9fe8d45c7f69baee67cc99ba761d0fe941f214392237f4724ce74e5be663b53900f\
        31d35ee342f118f5cd4d2add3150c10e24add16aec941e0e5833cb22e8b82037857a83205e0676927dbd796f7181172f\
        26693d0008b2dbda10fbad49a6f7a43abf2b6f6232dd5cd9c318570e2671ed06ef392b62169abbdd48510e3c5f3c3bdd\
        f9fa08e7efda03b931e11801c83de545fbe4a2c97b946116bfd127d6b1ecf86e34180d1396d725cd79f6f2e65a792053\
        ec
        """,
        """
        70ef4402d3f69e15b5c733cae65dfe8efb0e87b6a45146e18ee6fd829e8f2fe63746d2523acf8d0a33528872c9d52a62\
        2bf8f691f0235319ee1bea7720cfeaae3c737d060ec3bd1fedad20ec297f0282a1efb9586b1e7a596fd707b42231b4ab\
        196cb195d6e5bc742f32bec4597b21d55173947a422c207200589ca8e82beea2b3688b81038b161832fc0bb6661ce454\
        3dafc5c24fddb93f787e3af3d009be0a3b59a5a7087754b86f565d4bb411a851aa494a97ad743e81fce1276b9c180ce4\
        5115a3b4fd1a7eb2ce8d0419cbc350fd9cadd2043956c9ac0fcc2d5bf376c99aca928c1f03e2e28f76007354f46edca2\
        3441bb261416692bbcc02cf7598b16b999d9bcc715fd0aaba763fec5d4ef233c2eb5376ee476f3fe81c6ffa6d5754ac8\
        c14f6f4b332fef9ea29c732014cc3e943a401cae04a149790819dd45aa310d10717c98edebb0347e4a399aedf2312868\
        ebb28181a70014e34cd38430377ba55a86223a8e8e1f50f9601f368cb8612cdefae9cc9fa02932f5161559dd9a7789ba\
        83222986410b002e9adeb1831e4dc0b2b69b4cdf74308a46547207b2028bf79b3ba323481d295d02ee63c80e9dabd2af\
        aa28f48e20b058b2ee7e74d3b5d766646297ac1092ef906c408122d688e6be49b4c9cfb29f0a5968d140f83136fb77bb\
        f0935f9fb5bf2a6b01457c14d062e9836a0a788b309a004d14c548fcb181b226640a2ebf981e094276cd4569f5502eaa\
        71f7683ee661dc3f8a80ce1fe887db236cf57f1dbe7f5fd24fe6241d31c4f2247de75cafb1049a518e5274db50d7bbc7\
        01a4a3088f6cd1d4107c381caf5b3c0b593455eacca4a1b4e4332336de7b8314b293f20e38192c90e67184a3944aa77c\
        08e36c29737445f2a72acccb5f29c816e96aca5f88e763f9a7934863c769d442ecd2c2be2bfc5f85cc52bdf66ec66c05\
        7e20dfe57c330b66bce2891fc4267a7c63ec0e5bde9cac0180914c7b5839f39ef7c514f77a849c0e2ff71794c6bf3fe4\
        79f8c37b742caa31720c71555cba2d39a4f140744acfffa8b5a1d465701c789263c734190fae8f0ce8d12c9b23810e22\
        6f60c1b07191b4b0fdb06903444d8e2d15bb57fe769897ecaa3a71fcfa74598587a12160038d07b2a3c9f3ee8
        """,
        """
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        """,
    ]
}
